import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentsOf } from '../../../support/cli.ts';
import { AUTHOR, createPublishing, EMPTY_INDEX, type Publishing } from '../../../support/git/publishing.ts';
import { git } from '../../../support/git/repository.ts';

const REPOSITORY = ['--registry-repo', 'git/registry.git', '--author', AUTHOR];
const ARCHIVE = ['--archive-dir', 'dist', '--archive-url', 'https://packs.example/{ref}/{ref}-{version}.tar.gz'];

const publish = ({ harness }: Publishing, ...args: string[]) => harness.json('pack', 'publish', 'demo', ...args);

/** Returns everything that a run could change outside of private directories. */
function stateOf({ harness, repositories, pack }: Publishing): Record<string, string> {
  const refs = ['registry.git', 'origin.git'].map((name) => [name, git(join(repositories, name), ['show-ref'])]);
  return {
    ...Object.fromEntries(refs),
    refs: pack.git('show-ref'),
    status: pack.git('status', '--porcelain'),
    files: readdirSync(harness.directory).sort().join(' '),
  };
}

test('pack publish: a release from git alone is committed with the entry, published_at and nothing else', async (t) => {
  const publishing = createPublishing(t);
  const { status, document, stderr } = await publish(publishing, ...REPOSITORY, '--git-only');
  assert.equal(status, 0, stderr);
  const registry = join(publishing.repositories, 'registry.git');
  const commit = git(registry, ['rev-parse', 'main']);
  assert.deepEqual(document, {
    success: true,
    ref: 'demo',
    version: '1.0.0',
    action: 'published',
    index: 'git/registry.git',
    commit,
    pushed: true,
    branch: 'main',
    signatures: [],
    warnings: [],
  });
  const show = (format: string) => git(registry, ['show', '--no-patch', `--format=${format}`, 'main']);
  assert.equal(show('%an <%ae> %cn <%ce> %s%b'), `${AUTHOR} ${AUTHOR} Publish demo 1.0.0`);
  assert.equal(git(registry, ['diff', '--name-only', 'main~1', 'main']), 'index.json');
  const [entry] = publishing.index().packs;
  assert.deepEqual(
    entry.install_sources.map(({ type, ref }: Record<string, string>) => [type, ref]),
    [['git', publishing.pack.head()]],
  );
  assert.equal(entry.published_at, publishing.index().last_updated);
  assert.match(entry.published_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const installed = await publishing.harness.json('pack', 'install', 'demo', '--no-registry', '--dry-run');
  assert.ok(installed.status !== 1);
});

test('pack publish: an archive comes first among the sources and equals what pack archive writes', async (t) => {
  const publishing = createPublishing(t);
  const { status, document, stderr } = await publish(publishing, ...REPOSITORY, ...ARCHIVE);
  assert.equal(status, 0, stderr);
  const { document: packed } = await publishing.harness.json('pack', 'archive', 'demo', '-o', 'own.tar.gz');
  const url = 'https://packs.example/demo/demo-1.0.0.tar.gz';
  assert.deepEqual(document.archive, { path: 'dist/demo-1.0.0.tar.gz', url, checksum: packed.checksum });
  const bytes = (path: string) => readFileSync(join(publishing.harness.directory, path));
  assert.ok(bytes('dist/demo-1.0.0.tar.gz').equals(bytes('own.tar.gz')));
  const sources = publishing.index().packs[0].install_sources;
  assert.deepEqual(
    sources.map(({ type }: { type: string }) => type),
    ['archive', 'git'],
  );
  assert.deepEqual(sources[0], { type: 'archive', url, checksum: packed.checksum });
});

test('pack publish: the same content again is unchanged, and other content of the same version exits 5 with both checksums', async (t) => {
  const publishing = createPublishing(t);
  await publish(publishing, ...REPOSITORY, '--git-only');
  const before = stateOf(publishing);
  const again = await publish(publishing, ...REPOSITORY, '--git-only');
  assert.deepEqual([again.status, again.document.action, again.document.commit], [0, 'unchanged', null]);
  assert.deepEqual(stateOf(publishing), before);
  const known = publishing.index().packs[0].install_sources[0].checksum;
  publishing.pack.commit({ 'actions/run.sh': 'echo other\n' });
  publishing.pack.git('tag', '--force', 'v1.0.0');
  const other = await publish(publishing, ...REPOSITORY, '--git-only');
  assert.deepEqual([other.status, other.document.error.code], [5, 'EXISTS_VERSION']);
  const { index_checksums, checksums } = other.document.error.details;
  assert.deepEqual(index_checksums, [known]);
  for (const checksum of [known, ...checksums]) assert.ok(other.document.error.message.includes(checksum));
});

test('pack publish: a new version keeps the earlier one among the releases; an older one is filed there', async (t) => {
  const publishing = createPublishing(t);
  const release = async (version: string, ...args: string[]) => {
    publishing.pack.commit({ 'pack.yaml': `ref: demo\nversion: ${version}\n` });
    return publish(publishing, ...REPOSITORY, '--git-only', '--tag', ...args);
  };
  for (const version of ['1.1.0', '2.0.0', '1.0.5']) assert.equal((await release(version)).status, 0, version);
  const [entry] = publishing.index().packs;
  assert.equal(entry.version, '2.0.0');
  assert.deepEqual(
    entry.releases.map(({ version, published_at }: Record<string, string>) => [version, typeof published_at]),
    [
      ['1.1.0', 'string'],
      ['1.0.5', 'string'],
    ],
  );
  assert.equal(git(join(publishing.repositories, 'origin.git'), ['tag']), 'v1.0.0\nv1.0.5\nv1.1.0\nv2.0.0');
  const refused = await release('1.0.6', '--no-keep-releases');
  assert.deepEqual([refused.status, refused.document.error.code], [5, 'EXISTS_NEWER']);
});

test('pack publish: an error of pack check stops it before anything is published, in a dry run too', async (t) => {
  const publishing = createPublishing(t);
  publishing.pack.commit({
    'actions/broken.yaml': 'ref: demo.broken\nlabel: Broken\nrunner_type: shell\nentry_point: none.sh\n',
  });
  const before = stateOf(publishing);
  for (const more of [[], ['--dry-run']]) {
    const { status, document } = await publish(publishing, ...REPOSITORY, '--git-only', '--tag', ...more);
    assert.deepEqual([status, document.error.code], [3, 'INVALID_PACK']);
    assert.match(document.error.message, /^ {2}actions\/broken\.yaml:4:\d+: .*none\.sh/m);
    assert.match(document.error.hint, /attune pack check /);
  }
  assert.deepEqual(stateOf(publishing), before);
});

test('pack publish --dry-run: shows the diff and the branch, and changes nothing', async (t) => {
  const publishing = createPublishing(t);
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.1.0\n' });
  const before = stateOf(publishing);
  const args = [...REPOSITORY, ...ARCHIVE, '--tag', '--dry-run'];
  const { status, document, stderr } = await publish(publishing, ...args);
  assert.equal(status, 0, stderr);
  assert.deepEqual([document.dry_run, document.success, document.tag], [true, undefined, 'v1.1.0']);
  assert.deepEqual([document.branch, document.pushed, document.commit], ['main', false, null]);
  assert.match(document.diff, /^--- a\/index\.json\n\+\+\+ b\/index\.json\n@@ [^\n]+ @@\n/);
  assert.match(document.diff, /^\+ +"version": "1\.1\.0",$/m);
  assert.deepEqual(stateOf(publishing), before);
  const { stdout } = await publishing.harness.attune('pack', 'publish', 'demo', ...args);
  assert.match(stdout, /^✓ Pack 'demo' 1\.1\.0 would be published in git\/registry\.git \(main\)\n/);
  assert.match(stdout, /^\+ +"ref": "demo",$/m);
});

test('pack publish --index: changes a local file, without a commit', async (t) => {
  const publishing = createPublishing(t);
  const file = join(publishing.harness.directory, 'index.json');
  writeFileSync(file, EMPTY_INDEX);
  const planned = await publish(publishing, '--index', 'index.json', '--git-only', '--dry-run');
  assert.equal(planned.status, 0, planned.stderr);
  assert.equal(readFileSync(file, 'utf8'), EMPTY_INDEX);
  const { document } = await publish(publishing, '--index', 'index.json', '--git-only');
  assert.deepEqual([document.action, document.commit, document.pushed], ['published', null, false]);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).packs[0].ref, 'demo');
  const missing = await publish(publishing, '--index', 'other.json', '--git-only');
  assert.deepEqual([missing.status, missing.document.error.code], [4, 'NOT_FOUND_INDEX']);
  const created = await publish(publishing, '--index', 'other.yaml', '--git-only', '--create', '--registry-name', 'X');
  assert.equal(created.status, 0, created.stderr);
  assert.match(readFileSync(join(publishing.harness.directory, 'other.yaml'), 'utf8'), /^registry_name: X\n/);
});

test('pack publish --tag: creates the tag and pushes it before the index, also from a subdirectory', async (t) => {
  const publishing = createPublishing(t);
  publishing.pack.commit({ 'packs/other/pack.yaml': 'ref: other\nversion: 0.1.0\n' });
  publishing.pack.git('push', '--quiet', 'origin', 'HEAD');
  const args = ['pack', 'publish', 'demo/packs/other', ...REPOSITORY, ...ARCHIVE];
  const untagged = await publishing.harness.json(...args);
  assert.deepEqual([untagged.status, untagged.document.error.code], [3, 'INVALID_TAG']);
  assert.match(untagged.document.error.message, /'other-v0\.1\.0'/);
  const { status, document, stderr } = await publishing.harness.json(...args, '--tag');
  assert.deepEqual([status, document.tag], [0, 'other-v0.1.0'], stderr);
  assert.match(git(join(publishing.repositories, 'origin.git'), ['tag']), /^other-v0\.1\.0$/m);
  const sources = publishing.index().packs[0].install_sources;
  assert.equal(sources.length, 1, 'an installation does not find a pack in a subdirectory of the commit');
});

interface Refusal {
  readonly claim: string;
  readonly change?: (publishing: Publishing) => void;
  readonly args?: readonly string[];
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
  readonly variables?: Readonly<Record<string, string>>;
}

const TESTS = `testing:
  enabled: true
  discovery: { method: directory, path: tests }
  runners:
    shell: { type: script, entry_point: tests/run.sh }
`;
const REFUSALS: readonly Refusal[] = [
  {
    claim: 'a changed file',
    change: ({ pack }) => pack.write({ 'actions/run.sh': 'changed' }),
    status: 3,
    code: 'INVALID_WORK_TREE',
    message: /actions\/run\.sh/,
  },
  {
    claim: 'a staged file',
    change: ({ pack }) => {
      pack.write({ 'new.txt': '' });
      pack.git('add', 'new.txt');
    },
    status: 3,
    code: 'INVALID_WORK_TREE',
    message: /new\.txt/,
  },
  {
    claim: 'a deleted file',
    change: ({ pack }) => void pack.git('rm', '--quiet', '--cached', 'actions/run.sh'),
    status: 3,
    code: 'INVALID_WORK_TREE',
    message: /actions\/run\.sh/,
  },
  {
    claim: 'a changed file, without the git program,',
    change: ({ pack }) => pack.write({ 'actions/run.sh': 'changed' }),
    variables: { PATH: '/nonexistent' },
    status: 3,
    code: 'INVALID_WORK_TREE',
    message: /actions\/run\.sh/,
  },
  {
    claim: 'a missing tag',
    change: ({ pack }) => void pack.git('tag', '--delete', 'v1.0.0'),
    status: 3,
    code: 'INVALID_TAG',
    message: /does not have the tag 'v1\.0\.0'/,
  },
  {
    claim: 'a tag at another commit',
    change: ({ pack }) => void pack.commit({ other: '' }),
    args: ['--tag'],
    status: 3,
    code: 'INVALID_TAG',
    message: /is at commit [0-9a-f]{40}/,
  },
  {
    claim: 'failing tests',
    change: ({ pack }) => {
      pack.commit({ 'pack.yaml': `ref: demo\nversion: 1.1.0\n${TESTS}`, 'tests/run.sh': 'exit 1\n' });
    },
    args: ['--tag'],
    status: 8,
    code: 'TESTS_FAILED',
    message: /did not pass \(0\/1\)/,
  },
  {
    claim: 'an invalid manifest',
    change: ({ pack }) => void pack.commit({ 'pack.yaml': 'ref: demo\nversion: one\n' }),
    status: 3,
    code: 'INVALID_MANIFEST',
    message: /version/,
  },
  {
    claim: 'a missing branch',
    args: ['--branch', 'release'],
    status: 4,
    code: 'NOT_FOUND_BRANCH',
    message: /'release'/,
  },
  {
    claim: 'a missing index',
    args: ['--index-path', 'no/index.json'],
    status: 4,
    code: 'NOT_FOUND_INDEX',
    message: /no\/index\.json/,
  },
  {
    claim: 'an index that is a directory',
    args: ['--index-path', 'docs'],
    status: 4,
    code: 'NOT_FOUND_INDEX',
    message: /docs/,
  },
  {
    claim: 'an index that is not one',
    args: ['--index-path', 'README.md'],
    status: 3,
    code: 'INVALID_INDEX',
    message: /README/,
  },
  {
    claim: 'a missing repository',
    args: ['--registry-repo', 'git/none.git'],
    status: 4,
    code: 'NOT_FOUND_GIT_REPOSITORY',
    message: /none\.git/,
  },
  {
    claim: 'a path without the git program',
    variables: { PATH: '/nonexistent' },
    status: 6,
    code: 'DEPENDENCY_GIT',
    message: /git program/,
  },
  { claim: 'no identity', args: ['--author', ''], status: 2, code: 'USAGE_IDENTITY', message: /author/ },
  {
    claim: 'an author with a line end',
    args: ['--author', 'A\nB <a@b.c>'],
    status: 2,
    code: 'USAGE_IDENTITY',
    message: /author/,
  },
  {
    claim: 'an index path out of the repository',
    args: ['--index-path', '../index.json'],
    status: 2,
    code: 'USAGE',
    message: /not a path/,
  },
  {
    claim: 'an index path in .git',
    args: ['--index-path', '.git/index.json'],
    status: 2,
    code: 'USAGE',
    message: /not a path/,
  },
  {
    claim: 'a scheme that is not supported',
    args: ['--registry-repo', 'ftp://host/x.git'],
    status: 9,
    code: 'NETWORK_GIT_TRANSPORT',
    message: /ftp/,
  },
  {
    claim: 'the standard profile with a git URL that is not https',
    args: ['--profile', 'standard'],
    status: 3,
    code: 'INVALID_INDEX',
    message: /standard/,
  },
];

for (const { claim, change, args = [], status, code, message, variables = {} } of REFUSALS) {
  test(`pack publish: ${claim} exits ${status} with ${code} and changes nothing`, async (t) => {
    const publishing = createPublishing(t);
    change?.(publishing);
    const before = stateOf(publishing);
    const overridden = REPOSITORY.filter((_, index) => !args.includes(REPOSITORY[index - (index % 2)] as string));
    const line = ['pack', 'publish', 'demo', ...overridden, '--git-only', ...args];
    const { status: actual, document, stderr } = await publishing.harness.jsonWith(variables, ...line);
    assert.deepEqual([actual, document.error?.code], [status, code], stderr);
    assert.match(document.error.message, message);
    assert.ok(document.error.hint, 'the error has a hint');
    assert.deepEqual(stateOf(publishing), before);
  });
}

test('pack publish: without --author, the identity of git is used, and without one it exits 2 before anything is published', async (t) => {
  const publishing = createPublishing(t);
  const args = ['pack', 'publish', 'demo', '--registry-repo', 'git/registry.git', '--git-only', '--tag'];
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.1.0\n' });
  const before = stateOf(publishing);
  const none = await publishing.harness.json(...args);
  assert.deepEqual([none.status, none.document.error.code], [2, 'USAGE_IDENTITY'], none.stderr);
  assert.deepEqual(stateOf(publishing), before);
  publishing.pack.git('config', 'user.name', 'Grace');
  publishing.pack.git('config', 'user.email', 'grace@example.com');
  const configured = await publishing.harness.json(...args);
  assert.equal(configured.status, 0, configured.stderr);
  const authorOf = () => git(join(publishing.repositories, 'registry.git'), ['show', '-s', '--format=%an %ae', 'main']);
  assert.equal(authorOf(), 'Grace grace@example.com');
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.2.0\n' });
  const variables = { GIT_AUTHOR_NAME: 'Env', GIT_AUTHOR_EMAIL: 'env@example.com' };
  assert.equal((await publishing.harness.jsonWith(variables, ...args)).status, 0);
  assert.equal(authorOf(), 'Env env@example.com');
});

const USAGE = [
  { args: ['--registry-repo', 'x.git'], message: /source/ },
  { args: ['--git-only'], message: /registry/ },
  { args: ['--index', 'i', '--registry-repo', 'x', '--git-only'], message: /index/ },
  { args: ['--index', 'i', '--archive-dir', 'd'], message: /archive-url/ },
  { args: ['--index', 'i', '--git-only', '--archive-dir', 'd', '--archive-url', 'https://h/x'], message: /git-only/ },
  { args: ['--index', 'i', '--git-only', '--branch', 'main'], message: /registry-repo/ },
  { args: ['--index', 'i', '--git-only', '--profile', 'standard', '--keep-releases'], message: /standard/ },
  { args: ['--index', 'i', '--archive-dir', 'd', '--archive-url', 'https://h/{name}.zip'], message: /\{name\}/ },
];

for (const { args, message } of USAGE) {
  test(`pack publish ${args.join(' ')}: exits 2`, async (t) => {
    const publishing = createPublishing(t);
    const { status, document } = await publish(publishing, ...args);
    assert.equal(status, 2, document.error?.message);
    assert.match(document.error.message + document.error.hint, message);
  });
}

test('pack publish: a hook that refuses the branch gives NETWORK_REFUSED with its words, once; what was done is named and a second run continues', async (t) => {
  const publishing = createPublishing(t);
  publishing.pack.commit({ 'pack.yaml': 'ref: demo\nversion: 1.1.0\n' });
  publishing.hook(
    'registry.git',
    'pre-receive',
    'echo attempt >> "$PWD/attempts"; echo "releases are frozen until Monday" >&2; exit 1',
  );
  const args = [...REPOSITORY, ...ARCHIVE, '--tag'];
  const { status, document } = await publish(publishing, ...args);
  assert.deepEqual([status, document.error.code], [9, 'NETWORK_REFUSED']);
  assert.match(document.error.message, /releases are frozen until Monday/);
  assert.match(
    document.error.message,
    /the tag 'v1\.1\.0' was pushed to .*origin\.git; the archive was written to dist/,
  );
  assert.equal(readFileSync(join(publishing.repositories, 'registry.git/attempts'), 'utf8'), 'attempt\n');
  assert.equal(publishing.commits(), 1);
  publishing.hook('registry.git', 'pre-receive', 'exit 0');
  const second = await publish(publishing, ...args);
  assert.deepEqual([second.status, second.document.action], [0, 'published'], second.stderr);
  assert.equal(publishing.commits(), 2);
});

test('pack publish: a branch that moves during every attempt gives NETWORK_MOVED after ten', async (t) => {
  const publishing = createPublishing(t);
  const move = 'git commit-tree -p main -m moved "main^{tree}"';
  const env =
    'export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x; unset GIT_QUARANTINE_PATH';
  publishing.hook(
    'registry.git',
    'pre-receive',
    `${env}; echo x >> attempts; git update-ref refs/heads/main "$(${move})"`,
  );
  const { status, document } = await publish(publishing, ...REPOSITORY, '--git-only');
  assert.deepEqual([status, document.error.code], [9, 'NETWORK_MOVED'], document.error.message);
  assert.equal(readFileSync(join(publishing.repositories, 'registry.git/attempts'), 'utf8'), 'x\n'.repeat(10));
  assert.deepEqual(publishing.index().packs, []);
});

test('pack publish: hooks run to their end, also those after the update', async (t) => {
  const publishing = createPublishing(t);
  publishing.hook('registry.git', 'post-receive', 'sleep 1; echo deployed > "$PWD/deployed"');
  assert.equal((await publish(publishing, ...REPOSITORY, '--git-only')).status, 0);
  assert.ok(existsSync(join(publishing.repositories, 'registry.git/deployed')));
});

test('pack publish --create: makes the index, also the first commit of an empty repository', async (t) => {
  const publishing = createPublishing(t);
  git(publishing.repositories, ['init', '--quiet', '--bare', 'empty.git']);
  const args = ['--registry-repo', 'git/empty.git', '--author', AUTHOR, '--git-only', '--create'];
  const { status, document, stderr } = await publish(publishing, ...args, '--index-path', 'a/b/index.json');
  assert.equal(status, 0, stderr);
  const empty = join(publishing.repositories, 'empty.git');
  assert.equal(git(empty, ['rev-parse', document.branch]), document.commit);
  assert.match(git(empty, ['show', 'main:a/b/index.json']), /"ref": "demo"/);
  const second = await publish(publishing, ...REPOSITORY, '--git-only', '--create', '--index-path', 'docs/index.json');
  assert.equal(second.status, 0, second.stderr);
  assert.equal(publishing.index('docs/index.json').packs.length, 1);
  assert.equal(git(join(publishing.repositories, 'registry.git'), ['show', 'main:docs/a.md']), 'a');
});

test('pack publish: nothing of a run stays in the temporary directory', async (t) => {
  const publishing = createPublishing(t);
  await publish(publishing, ...REPOSITORY, '--git-only');
  assert.deepEqual(contentsOf(join(publishing.harness.directory, '..', 'tmp')), {});
});
