import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { load } from 'js-yaml';
import type { EntryDocument } from '../../../../src/registry/index/entry-document.ts';
import { createCliHarness } from '../../../support/cli.ts';
import { createRepository, type Files, git, type Repository } from '../../../support/git/repository.ts';
import { bytes, guarded, page, startHttpServer } from '../../../support/http/server.ts';
import { gitSource, type PackFiles, packArchive, packFiles, sha256Of } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';

const PACK = packFiles({ ref: 'demo', version: '1.2.0', files: { 'README.md': 'Demo\n' } });
const contentChecksum = (files: PackFiles) => gitSource('', '', files).checksum;
const CHECKSUM = contentChecksum(PACK);
const URL = 'https://git.example/org/demo.git';
const withoutSsh = spawnSync('ssh', ['-V']).error ? 'there is no ssh' : false;

// The tests share one harness, because they do not write to the store or the working directory.
const harness = createCliHarness({ after });
writeFiles(join(harness.directory, 'demo'), PACK);
const archive = packArchive(PACK, 'demo-1.2.0');
writeFileSync(join(harness.directory, 'demo.tar.gz'), archive);

/** Creates a work tree with the pack in one commit, and an origin. */
function checkout(t: TestContext, files: Files = PACK, origin: string | undefined = URL): Repository {
  const repository = createRepository(t, files);
  if (origin !== '') repository.git('remote', 'add', 'origin', origin);
  return repository;
}

/** Runs `index-entry`, which must succeed and print only the entry, and returns that entry. */
async function entryOf(...args: string[]): Promise<{ entry: EntryDocument; source: unknown; stderr: string }> {
  const { status, stdout, stderr } = await harness.attune('pack', 'index-entry', ...args);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\{\n[\s\S]*\n\}\n$/);
  const entry = JSON.parse(stdout) as EntryDocument;
  return { entry, source: entry.install_sources[0], stderr };
}

async function errorOf(...args: string[]) {
  const { status, stdout, stderr } = await harness.attune('pack', 'index-entry', ...args);
  assert.equal(stdout, '', 'an error must print nothing to stdout, which may be redirected to a file');
  return { status, stderr };
}

describe('index-entry output', { concurrency: 2 }, () => {
  const args = ['pack', 'index-entry', 'demo', '-g', URL, '-r', 'main'];

  test('index-entry: prints the entry as JSON and nothing else', async () => {
    const { stdout } = await harness.attune(...args);
    const source = { type: 'git', url: URL, ref: 'main', checksum: CHECKSUM };
    const none = { sensors: [], triggers: [], rules: [], workflows: [] };
    const entry = {
      ref: 'demo',
      label: 'demo',
      description: '',
      version: '1.2.0',
      author: 'Unknown',
      license: 'NOASSERTION',
      keywords: [],
      runtime_deps: [],
      install_sources: [source],
      contents: { actions: [{ name: 'run', description: 'Runs demo 1.2.0' }], ...none },
    };
    assert.equal(stdout, `${JSON.stringify(entry, null, 2)}\n`);
  });

  test('index-entry: prints the same bytes in every run, also with --json and --format json', async () => {
    const runs = await Promise.all(
      [[], [], ['--json'], ['--format', 'json'], ['--quiet']].map((more) => harness.attune(...args, ...more)),
    );
    assert.equal(new Set(runs.map(({ stdout }) => stdout)).size, 1);
  });

  test('index-entry: prints YAML with --yaml and --format yaml', async () => {
    const [json, yaml, format] = await Promise.all(
      [[], ['--yaml'], ['--format', 'yaml']].map((more) => harness.attune(...args, ...more)),
    );
    assert.deepEqual(load(yaml?.stdout ?? ''), JSON.parse(json?.stdout ?? ''));
    assert.equal(format?.stdout, yaml?.stdout);
  });

  test('index-entry: escapes control characters of the manifest in JSON output', async (t) => {
    const { path } = createRepository(t);
    const manifest = 'ref: demo\nversion: 1.2.0\ndescription: "one\\ntwo \\e[31m\\x9b"\n';
    writeFiles(path, { 'pack.yaml': manifest });
    const { stdout } = await harness.attune('pack', 'index-entry', path, '-g', URL);
    assert.equal(JSON.parse(stdout).description, 'one\ntwo \u001b[31m\u009b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test checks that control characters are escaped
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('index-entry without a source', { concurrency: 2 }, () => {
  const origins = [
    { origin: URL, want: URL },
    { origin: 'https://git.example/org/demo', want: 'https://git.example/org/demo' },
    { origin: 'git@git.example:org/demo.git', want: URL },
    { origin: 'ssh://git@git.example:2222/org/demo.git', want: URL },
    { origin: 'https://ci:s3cret@git.example/org/demo.git', want: URL },
    { origin: 'https://s3cret@git.example/org/demo.git', want: URL },
  ];
  for (const { origin, want } of origins) {
    test(`index-entry: uses the origin ${origin} and the checked-out commit without a source option`, async (t) => {
      const repository = checkout(t, PACK, origin);
      const { source, stderr } = await entryOf(repository.path);
      assert.deepEqual(source, { type: 'git', url: want, ref: repository.head(), checksum: CHECKSUM });
      assert.doesNotMatch(stderr, /s3cret/);
    });
  }

  const ALIASES = [
    'Host git-work git.example-work intranet',
    '  HostName git.example',
    'Host lan',
    '  HostName lan-server',
    'Host other.example',
    '  HostName git.example',
    'Host hub',
    '  HostName ssh.github.com',
    '  Port 443',
    '',
  ].join('\n');
  const withSshConfig = (args: readonly string[]) => {
    const config = join(harness.directory, 'ssh-config');
    writeFileSync(config, ALIASES);
    return harness.attuneWith({ GIT_SSH_COMMAND: `ssh -F ${config}` }, 'pack', 'index-entry', ...args);
  };

  const aliases = [
    { origin: 'git@git-work:org/demo.git', want: URL },
    { origin: 'git.example-work:org/demo.git', want: URL },
    { origin: 'ssh://git@intranet/org/demo.git', want: URL },
    { origin: 'git@hub:org/demo.git', want: 'https://github.com/org/demo.git' },
    { origin: 'ssh://git@ssh.github.com:443/org/demo.git', want: 'https://github.com/org/demo.git' },
  ];
  for (const { origin, want } of aliases) {
    test(`index-entry: records the host that ssh connects to for the origin ${origin}`, {
      skip: withoutSsh,
    }, async (t) => {
      const repository = checkout(t, PACK, origin);
      const { stdout, stderr } = await withSshConfig([repository.path]);
      const [source] = JSON.parse(stdout || '{}').install_sources ?? [stderr];
      assert.deepEqual(source, { type: 'git', url: want, ref: repository.head(), checksum: CHECKSUM });
      assert.doesNotMatch(stderr, /Warning/);
    });
  }

  for (const origin of ['git@lan:org/demo.git', 'git@nowhere:org/demo.git', 'ssh://git@github.com-mine/org/demo.git']) {
    test(`index-entry: the origin ${origin} exits 2, because only its owner can resolve it`, {
      skip: withoutSsh,
    }, async (t) => {
      const { status, stdout, stderr } = await withSshConfig([checkout(t, PACK, origin).path]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /the host '[a-z.-]+' of its 'origin' exists only in your network or ssh configuration/);
      assert.match(stderr, /--git-url/);
    });
  }

  test('index-entry: warns if ssh connects a public host to another one', { skip: withoutSsh }, async (t) => {
    const { stdout, stderr } = await withSshConfig([checkout(t, PACK, 'git@other.example:org/demo.git').path]);
    assert.equal(JSON.parse(stdout).install_sources[0].url, 'https://other.example/org/demo.git');
    assert.match(stderr, /Warning: .*connects 'other\.example' to 'git\.example'/);
  });

  test('index-entry: warns about an ssh host in --git-url that others cannot resolve', async () => {
    const { stdout, stderr } = await harness.attune('pack', 'index-entry', 'demo', '-g', 'git@git-work:org/demo.git');
    assert.equal(JSON.parse(stdout).install_sources[0].url, 'git@git-work:org/demo.git');
    assert.match(
      stderr,
      /Warning: Others may not be able to install the entry: .* has the host 'git-work', which exists only in your network/,
    );
  });

  test('index-entry: --git-ref selects another commit of the origin', async (t) => {
    const repository = checkout(t);
    repository.tag('v1.2.0');
    repository.commit({ 'README.md': 'later\n' });
    const { source, stderr } = await entryOf(repository.path, '--git-ref', 'v1.2.0');
    assert.deepEqual(source, { type: 'git', url: URL, ref: 'v1.2.0', checksum: CHECKSUM });
    assert.match(stderr, /changed: README\.md/);
  });

  test('index-entry: a directory outside a git checkout exits 2 and names the missing options', async () => {
    const { status, stderr } = await errorOf('demo');
    assert.equal(status, 2);
    assert.match(stderr, /'demo' requires at least one source.*is not in a git checkout/);
    assert.match(stderr, /--git-url.*--archive-url/);
  });

  const unusable = [
    { claim: 'a repository without an origin', origin: '', why: /has no remote 'origin'/ },
    {
      claim: 'an origin that is not a URL of a supported kind',
      origin: 'ext::sh -c s3cret',
      why: /is not a URL that others can fetch from/,
    },
    {
      claim: 'an origin that is not a valid URL',
      origin: 'https://ada:s3cret/x@host:y/z',
      why: /is not a URL that others can fetch from/,
    },
  ];
  for (const { claim, origin, why } of unusable) {
    test(`index-entry: ${claim} exits 2 without printing credentials`, async (t) => {
      const { status, stderr } = await errorOf(checkout(t, PACK, origin).path);
      assert.equal(status, 2);
      assert.match(stderr, why);
      assert.doesNotMatch(stderr, /s3cret/);
    });
  }

  test('index-entry: a repository without a commit exits 2', async (t) => {
    const repository = createRepository(t);
    repository.git('remote', 'add', 'origin', URL);
    repository.write(PACK);
    const { status, stderr } = await errorOf(repository.path);
    assert.equal(status, 2);
    assert.match(stderr, /has no commit yet/);
  });

  test('index-entry: with --json, an error is the only document', async () => {
    const { status, document } = await harness.json('pack', 'index-entry', 'demo');
    assert.equal(status, 2);
    assert.equal(document.error.code, 'USAGE');
  });
});

describe('index-entry with a git source', { concurrency: 2 }, () => {
  test('index-entry: a git source defaults to the ref v<version> and the checksum of that tag', async (t) => {
    const repository = checkout(t);
    repository.annotatedTag('v1.2.0');
    repository.pack();
    const { source, stderr } = await entryOf(repository.path, '-g', URL);
    assert.deepEqual(source, { type: 'git', url: URL, ref: 'v1.2.0', checksum: CHECKSUM });
    assert.equal(stderr, '');
  });

  test('index-entry: a missing tag yields the checksum of the directory and a warning', async (t) => {
    const repository = checkout(t);
    repository.write({ 'README.md': 'changed\n' });
    const { source, stderr } = await entryOf(repository.path, '-g', URL);
    const checksum = contentChecksum({ ...PACK, 'README.md': 'changed\n' });
    assert.deepEqual(source, { type: 'git', url: URL, ref: 'v1.2.0', checksum });
    assert.match(stderr, /^Warning: The commit of 'v1\.2\.0' is not in the git repository/);
  });

  test('index-entry: a dirty checkout yields the checksum of the commit and lists every file that differs', async (t) => {
    const repository = checkout(t);
    repository.write({ 'README.md': 'changed\n', 'new file.txt': '', 'lib/more.sh': 'echo' });
    rmSync(join(repository.path, 'actions/run.yaml'));
    const { source, stderr } = await entryOf(repository.path);
    assert.deepEqual(source, { type: 'git', url: URL, ref: repository.head(), checksum: CHECKSUM });
    const lines = [
      'changed: README.md',
      'added:   lib/more.sh ',
      'added:   new file.txt ',
      'missing: actions/run.yaml ',
    ];
    for (const line of lines) assert.ok(stderr.includes(`\n  ${line}`), stderr);
  });

  test('index-entry: an abbreviated commit id is expanded', async (t) => {
    const repository = checkout(t);
    const { entry } = await entryOf(repository.path, '-r', repository.head().slice(0, 8).toUpperCase());
    const [source] = entry.install_sources;
    assert.ok(source.type === 'git' && source.ref === repository.head());
  });

  test('index-entry: a partial clone yields the checksum of the directory and names the missing object', async (t) => {
    const repository = checkout(t);
    const blob = repository.git('rev-parse', 'HEAD:README.md');
    rmSync(join(repository.path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    const { source, stderr } = await entryOf(repository.path);
    assert.deepEqual(source, { type: 'git', url: URL, ref: repository.head(), checksum: CHECKSUM });
    assert.match(stderr, new RegExp(`cannot be used \\(The git repository lacks blob ${blob}`));
  });

  test('index-entry: --git-url keeps its form without credentials', async (t) => {
    const { path } = checkout(t);
    const rows = [
      { url: 'git@git.example:org/demo.git', want: 'git@git.example:org/demo.git' },
      { url: 'ssh://git:s3cret@git.example/demo.git', want: 'ssh://git@git.example/demo.git' },
      { url: 'https://ada:s3cret@git.example/demo', want: 'https://git.example/demo' },
      { url: 'git+https://git.example/demo#main', want: 'https://git.example/demo', ref: 'main' },
    ];
    await Promise.all(
      rows.map(async ({ url, want, ref = 'v1.2.0' }) => {
        const { entry, stderr } = await entryOf(path, '-g', url);
        const [source] = entry.install_sources;
        assert.deepEqual([source.url, source.type === 'git' && source.ref], [want, ref]);
        assert.doesNotMatch(stderr, /s3cret/);
        assert.equal(/credentials in --git-url are not recorded/.test(stderr), url.includes('s3cret'));
      }),
    );
  });

  test('index-entry: a pack in pack/ or in the only top-level directory yields the checksum of its own files', async (t) => {
    for (const root of ['pack', 'demo-pack', 'demo-pack/pack']) {
      const files = Object.fromEntries(Object.entries(PACK).map(([path, content]) => [`${root}/${path}`, content]));
      const repository = checkout(t, { ...files, LICENSE: 'MIT\n', 'docs/x.md': '' });
      const { source } = await entryOf(join(repository.path, root));
      assert.deepEqual(source, { type: 'git', url: URL, ref: repository.head(), checksum: CHECKSUM }, root);
    }
  });

  test('index-entry: a pack in a submodule yields the commit and URL of the submodule', async (t) => {
    const inner = checkout(t, PACK, '');
    const outer = createRepository(t, { README: 'all packs\n' });
    outer.git('submodule', 'add', '--quiet', inner.path, 'packs/demo');
    const { source } = await entryOf(join(outer.path, 'packs/demo'));
    assert.deepEqual(source, { type: 'git', url: `file://${inner.path}`, ref: inner.head(), checksum: CHECKSUM });
  });

  test("index-entry: a pack in a linked work tree yields the checksum of that work tree's commit", async (t) => {
    const repository = checkout(t);
    const linked = join(dirname(repository.path), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'next', linked);
    writeFiles(linked, { 'README.md': 'next\n' });
    git(linked, ['commit', '--quiet', '--all', '-m', 'next']);
    const { entry, stderr } = await entryOf(linked);
    assert.equal(entry.install_sources[0].checksum, contentChecksum({ ...PACK, 'README.md': 'next\n' }));
    assert.equal(stderr, '');
  });

  test('index-entry: a pack in the checkout of an unrelated repository yields the checksum of the directory', async (t) => {
    const other = checkout(t, { README: 'no pack\n' }, 'https://git.example/other');
    other.tag('v1.2.0');
    writeFiles(join(other.path, 'build/out/demo'), PACK);
    const { source, stderr } = await entryOf(join(other.path, 'build/out/demo'), '-g', URL);
    assert.deepEqual(source, { type: 'git', url: URL, ref: 'v1.2.0', checksum: CHECKSUM });
    assert.match(stderr, /^Warning: /);
  });
});

describe('index-entry with a git source that cannot be installed', { concurrency: 2 }, () => {
  const deep = Object.fromEntries(Object.entries(PACK).map(([path, content]) => [`packs/demo/${path}`, content]));
  const other = packFiles({ ref: 'other' });

  test('index-entry: a pack that is too deep in the repository exits 3', async (t) => {
    const { path } = checkout(t, deep);
    const { status, stderr } = await errorOf(join(path, 'packs/demo'));
    assert.equal(status, 3);
    assert.match(stderr, /'demo' 1\.2\.0 cannot be installed from .*There is no pack in/);
    assert.match(stderr, /Hint: Commit the pack to the root/);
  });

  test('index-entry: a pack that is too deep exits 3 before its tag exists', async (t) => {
    const { path } = checkout(t, deep);
    const { status, stderr } = await errorOf(join(path, 'packs/demo'), '-g', 'git@git.example:org/demo');
    assert.equal(status, 3);
    assert.match(stderr, /cannot be installed from v1\.2\.0/);
  });

  test('index-entry: a repository with several packs exits 3 and lists them', async (t) => {
    const files = { 'one/pack.yaml': PACK['pack.yaml'] ?? '', 'two/pack.yaml': 'ref: two\nversion: 1.0.0\n' };
    const { status, stderr } = await errorOf(join(checkout(t, files).path, 'one'));
    assert.equal(status, 3);
    assert.match(stderr, /more than one pack.*\n {2}one\n {2}two/);
  });

  test('index-entry: a different pack at the root of the repository exits 3', async (t) => {
    const repository = checkout(t, { ...other, 'sub/pack.yaml': PACK['pack.yaml'] ?? '' });
    const { status, stderr } = await errorOf(join(repository.path, 'sub'));
    assert.equal(status, 3);
    assert.match(stderr, /the pack that an installation of commit [0-9a-f]{40} finds is 'other' 1\.0\.0/);
  });

  test('index-entry: a commit with a different version of the pack exits 3', async (t) => {
    const repository = checkout(t);
    repository.write({ 'pack.yaml': 'ref: demo\nversion: 2.0.0\n' });
    const { status, stderr } = await errorOf(repository.path);
    assert.equal(status, 3);
    assert.match(stderr, /'demo' 2\.0\.0 cannot be installed from .* finds is 'demo' 1\.2\.0/);
  });

  test('index-entry: a pack that was never committed exits 3', async (t) => {
    const repository = checkout(t, { README: 'soon\n' });
    repository.write(PACK);
    const { status } = await errorOf(repository.path);
    assert.equal(status, 3);
  });

  test('index-entry: a commit with a submodule exits 3', async (t) => {
    const repository = checkout(t);
    repository.git('update-index', '--add', '--cacheinfo', `160000,${repository.head()},vendor/lib`);
    repository.git('commit', '--quiet', '-m', 'lib');
    mkdirSync(join(repository.path, 'vendor/lib'), { recursive: true });
    const { status, stderr } = await errorOf(repository.path);
    assert.equal(status, 3);
    assert.match(stderr, /'vendor\/lib' is a submodule/);
  });
});

describe('index-entry with an archive source', { concurrency: 2 }, () => {
  const source = (url: string, checksum = sha256Of(archive)) => ({ type: 'archive', url, checksum });

  test('index-entry: an archive source has the checksum of the downloaded archive', async (t) => {
    const server = await startHttpServer(t, { '/demo.tar.gz': bytes(archive) });
    const url = server.url('/demo.tar.gz');
    const { entry } = await entryOf('demo', '-a', url);
    assert.deepEqual(entry.install_sources, [source(url)]);
    assert.notEqual(entry.install_sources[0].checksum, CHECKSUM);
  });

  test('index-entry: --archive-file provides the checksum without a download', async (t) => {
    const server = await startHttpServer(t, {});
    const url = server.url('/demo.tar.gz');
    const { entry } = await entryOf('demo', '-a', url, '--archive-file', 'demo.tar.gz', '--offline');
    assert.deepEqual(entry.install_sources, [source(url)]);
    assert.deepEqual(server.requests, []);
  });

  test('index-entry: --archive-checksum is recorded without a download', async () => {
    const checksum = `sha256:${'AB'.repeat(32)}`;
    const url = 'https://host.invalid/demo.tar.gz';
    const { entry } = await entryOf('demo', '-a', url, '--archive-checksum', checksum);
    assert.deepEqual(entry.install_sources, [source(url, checksum.toLowerCase())]);
  });

  test('index-entry: records a sha256 checksum even if a sha512 checksum was given', async () => {
    const sha512 = `sha512:${createHash('sha512').update(archive).digest('hex')}`;
    const args = ['-a', 'demo-1.2.0.tgz', '--archive-file', 'demo.tar.gz', '--archive-checksum', sha512];
    const { entry } = await entryOf('demo', ...args);
    assert.deepEqual(entry.install_sources, [source('demo-1.2.0.tgz')]);
  });

  test('index-entry: lists the archive source after the git source', async () => {
    const args = ['-g', URL, '-a', 'demo.tgz', '--archive-file', 'demo.tar.gz'];
    const { entry } = await entryOf('demo', ...args);
    assert.deepEqual(
      entry.install_sources.map(({ type }) => type),
      ['git', 'archive'],
    );
  });

  test('index-entry: only --archive-url in a checkout yields no git source', async (t) => {
    const { path } = checkout(t);
    const { entry } = await entryOf(path, '-a', 'demo.tgz', '--archive-file', 'demo.tar.gz');
    assert.deepEqual(entry.install_sources, [source('demo.tgz')]);
  });

  test('index-entry: credentials in --archive-url are used for the download but not recorded', async (t) => {
    const server = await startHttpServer(t, { '/demo.tar.gz': guarded('ada', 's3cret', bytes(archive)) });
    const url = server.url('/demo.tar.gz');
    const { entry, stderr } = await entryOf('demo', '-a', url.replace('//', '//ada:s3cret@'));
    assert.deepEqual(entry.install_sources, [source(url)]);
    assert.doesNotMatch(stderr, /s3cret/);
  });
});

describe('index-entry with an unusable archive', { concurrency: 2 }, () => {
  const changed = packArchive({ ...PACK, 'README.md': 'Other\n', 'extra.txt': '' }, 'demo-1.2.0');

  test('index-entry: an archive with different content exits 7 and lists every file that differs', async () => {
    writeFileSync(join(harness.directory, 'changed.tgz'), changed);
    const args = ['-a', 'https://host.invalid/demo.tgz', '--archive-file', 'changed.tgz'];
    const { status, stderr } = await errorOf('demo', ...args);
    assert.equal(status, 7);
    assert.match(stderr, /differs from the pack in/);
    assert.match(stderr, /\n {2}changed: README\.md\n {2}missing: extra\.txt \(only in the archive\)\n/);
  });

  test('index-entry: a downloaded archive with different content exits 7 with details in JSON', async (t) => {
    const server = await startHttpServer(t, { '/demo.tgz': bytes(packArchive(packFiles({ ref: 'demo' }))) });
    const { status, document } = await harness.json('pack', 'index-entry', 'demo', '-a', server.url('/demo.tgz'));
    assert.equal(status, 7);
    const { code, details } = document.error;
    assert.equal(code, 'INTEGRITY_ARCHIVE_CONTENT');
    assert.deepEqual(
      [details.added, details.changed, details.missing],
      [['README.md'], ['actions/run.yaml', 'pack.yaml'], []],
    );
    assert.equal(details.directory, CHECKSUM);
  });

  const wrong = `sha256:${'0'.repeat(64)}`;
  const rows = [
    {
      claim: 'an --archive-file that does not match --archive-checksum',
      args: ['-a', 'x.tgz', '--archive-file', 'demo.tar.gz', '--archive-checksum', wrong],
      status: 7,
      why: /does not have the expected checksum/,
    },
    {
      claim: 'a weak --archive-checksum',
      args: ['-a', 'https://h/x.tgz', '--archive-checksum', `md5:${'0'.repeat(32)}`],
      status: 3,
      why: /md5 can be forged/,
      not: /--allow-weak/,
    },
    {
      claim: 'an invalid --archive-checksum',
      args: ['-a', 'https://h/x.tgz', '--archive-checksum', 'abc'],
      status: 3,
      why: /'abc' is not a checksum/,
    },
    {
      claim: '--archive-file without --archive-url',
      args: ['--archive-file', 'demo.tar.gz'],
      status: 2,
      why: /--archive-file requires --archive-url/,
    },
    {
      claim: '--archive-checksum without --archive-url',
      args: ['-g', URL, '--archive-checksum', wrong],
      status: 2,
      why: /--archive-checksum requires --archive-url/,
    },
    {
      claim: 'a relative --archive-url without a file',
      args: ['-a', 'archives/demo.tgz'],
      status: 2,
      why: /is relative to the index/,
    },
    {
      claim: 'a missing --archive-file',
      args: ['-a', 'x.tgz', '--archive-file', 'gone.tgz'],
      status: 4,
      why: /gone\.tgz/,
    },
    {
      claim: 'an --archive-file that is not an archive',
      args: ['-a', 'x.tgz', '--archive-file', 'demo/README.md'],
      status: 3,
      why: /README\.md/,
    },
    {
      claim: 'an --archive-url with an unknown scheme',
      args: ['-a', 'ftp://h/x.tgz'],
      status: 2,
      why: /value of --archive-url cannot be recorded .*ftp/,
    },
    {
      claim: 'a --git-url with an unknown scheme',
      args: ['-g', 'ftp://h/x'],
      status: 2,
      why: /value of --git-url cannot be recorded .*ftp/,
    },
    { claim: 'an invalid --git-ref', args: ['-g', URL, '-r', 'HEAD~1'], status: 3, why: /'HEAD~1'/ },
    { claim: 'a download with --offline', args: ['-a', 'https://h/x.tgz', '--offline'], status: 9, why: /--offline/ },
  ];
  for (const { claim, args, status: want, why, not } of rows) {
    test(`index-entry: ${claim} exits ${want}`, async () => {
      const { status, stderr } = await errorOf('demo', ...args);
      assert.equal(status, want, stderr);
      assert.match(stderr, why);
      if (not) assert.doesNotMatch(stderr, not);
    });
  }

  test('index-entry: an error page instead of an archive exits 3, a 404 response exits 9', async (t) => {
    const server = await startHttpServer(t, { '/demo.tgz': page(200, '<html>Sign in</html>') });
    const missing = await errorOf('demo', '-a', server.url('/gone.tgz'));
    const signIn = await errorOf('demo', '-a', server.url('/demo.tgz'));
    assert.deepEqual([missing.status, signIn.status], [9, 3]);
    assert.match(missing.stderr, /status 404/);
  });

  test('index-entry: an archive without a pack exits 3 and is named', async (t) => {
    const server = await startHttpServer(t, { '/demo.tgz': bytes(packArchive({ 'a.txt': '1' })) });
    const { status, stderr } = await errorOf('demo', '-a', server.url('/demo.tgz'));
    assert.equal(status, 3);
    assert.ok(stderr.includes(`There is no pack in '${server.url('/demo.tgz')}'`), stderr);
  });
});

test('index-entry: the entry of a checkout can be installed from an index', async (t) => {
  const origin = createRepository(t, PACK);
  const clone = join(dirname(origin.path), 'clone');
  git(dirname(origin.path), ['clone', '--quiet', origin.path, clone]);
  const { entry } = await entryOf(clone);
  const index = {
    registry_name: 'x',
    registry_url: 'https://x.example',
    version: '1.0',
    last_updated: '2026-01-01T00:00:00Z',
    packs: [entry],
  };
  const other = createCliHarness(t);
  writeFileSync(join(other.directory, 'index.json'), JSON.stringify(index));
  const { status, stderr } = await other.attuneWith(
    { ATTUNE_REGISTRY_INDICES: 'index.json' },
    'pack',
    'install',
    'demo',
  );
  assert.equal(status, 0, stderr);
});

test('index-entry: leaves no temporary files and does not change the pack', () => {
  const root = dirname(harness.data);
  assert.deepEqual(readdirSync(join(root, 'tmp')), []);
  assert.deepEqual(readdirSync(harness.data), []);
  assert.deepEqual(readdirSync(join(harness.directory, 'demo')).sort(), ['README.md', 'actions', 'pack.yaml']);
});
