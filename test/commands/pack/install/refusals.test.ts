import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { tarGzOf } from '../../../support/archives.ts';
import { createCliHarness, databaseContents, namesOf, storeContents } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { bytes, page, startHttpServer } from '../../../support/http/server.ts';
import {
  gitSource,
  type PackPlan,
  packArchive,
  packFiles,
  sha256Of,
  writeRegistry,
} from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const WRONG = `sha256:${'0'.repeat(64)}`;
const CLOSED = await closedOrigin();

/** An address on loopback where nobody listens: somebody did, and went. */
async function closedOrigin(): Promise<string> {
  const cleaning: (() => Promise<void>)[] = [];
  const { origin } = await startHttpServer({ after: (clean) => cleaning.push(clean) }, {});
  for (const clean of cleaning) await clean();
  return origin;
}

const demo = packFiles({ ref: 'demo' });
const archive = packArchive(demo);
const repository = createRepository({ after }, demo);
const repositoryUrl = pathToFileURL(repository.path).href;

const server = await startHttpServer(
  { after },
  {
    '/demo.tar.gz': bytes(archive, 'application/gzip'),
    '/page.tar.gz': page(200, '<!doctype html><title>Sign in</title>'),
    '/missing.tar.gz': page(404, '<!doctype html><title>No such page</title>'),
    '/missing/index.json': page(404, 'Not here', 'text/plain'),
  },
);
const demoUrl = server.url('/demo.tar.gz');

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'demo', version: '2.0.0' },
  { ref: 'demo', version: '1.1.0' },
  { ref: 'demo', version: '1.0.0', yanked: 'broken' },
  { ref: 'altered', sources: [{ type: 'archive', url: demoUrl, checksum: WRONG }] },
  {
    ref: 'altered-git',
    sources: [{ ...gitSource(repositoryUrl, repository.head(), demo), checksum: WRONG }],
  },
  { ref: 'paged', sources: [{ type: 'archive', url: server.url('/page.tar.gz'), checksum: WRONG }] },
  { ref: 'gone', sources: [{ type: 'archive', url: server.url('/missing.tar.gz'), checksum: WRONG }] },
  { ref: 'closed', sources: [{ type: 'archive', url: `${CLOSED}/x.tar.gz`, checksum: WRONG }] },
  { ref: 'impostor', sources: [{ type: 'archive', url: demoUrl, checksum: sha256Of(archive) }] },
  { ref: 'demo-of-old', version: '3.0.0', sources: [{ type: 'archive', url: demoUrl, checksum: sha256Of(archive) }] },
  { ref: 'weak', sources: [{ type: 'archive', url: demoUrl, checksum: `md5:${'0'.repeat(32)}` }] },
]);

// All rows share one harness, in which a pack is installed: none of them may change anything.
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: index });
const programs = join(harness.directory, 'bin');
writeFiles(programs, { java: '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n' });
chmodSync(join(programs, 'java'), 0o755);
const withPrograms = { PATH: `${programs}:${process.env['PATH']}` };
await harness.attune('pack', 'install', place({ ref: 'anchor' }));
const { document: listBefore } = await harness.json('pack', 'list');
const contentsBefore = storeContents(harness);
const databaseBefore = databaseContents(harness);
assert.deepEqual(namesOf(listBefore.packs), ['anchor 1.0.0']);

/** A directory with a pack in the harness. @returns the word that names it */
function place(plan: PackPlan, directory = plan.ref): string {
  writeFiles(join(harness.directory, directory), packFiles(plan));
  return `./${directory}`;
}

function placeArchive(name: string, content: Uint8Array): string {
  writeFileSync(join(harness.directory, name), content);
  return `./${name}`;
}

function placeManifest(directory: string, manifest: string): string {
  return place({ ref: 'bad', files: { 'pack.yaml': manifest } }, directory);
}

interface Row {
  readonly claim: string;
  readonly words: () => readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** What the message has to say, in this order. */
  readonly says: readonly (string | RegExp)[];
  readonly hint: RegExp;
}

const ROWS: readonly Row[] = [
  {
    claim: 'an archive without the checksum that was given',
    words: () => [placeArchive('demo.tar.gz', archive), '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: ['demo.tar.gz', `${archive.length} bytes`, `expected ${WRONG}`, `actual   ${sha256Of(archive)}`],
    hint: /Do not use it/,
  },
  {
    claim: 'a directory without the checksum that was given',
    words: () => [place({ ref: 'demo' }), '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: ['/demo', `expected: ${WRONG}`, /actual: {3}sha256:[0-9a-f]{64}/],
    hint: /Do not install them/,
  },
  {
    claim: 'a commit without the checksum that was given',
    words: () => [`git+${repositoryUrl}`, '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [repositoryUrl, repository.head(), `expected: ${WRONG}`],
    hint: /Do not install them/,
  },
  {
    claim: 'an archive without the checksum of the index',
    words: () => ['altered'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [demoUrl, 'HTTP status 200', 'application/gzip', `expected ${WRONG}`, `actual   ${sha256Of(archive)}`],
    hint: /changed or replaced/,
  },
  {
    claim: 'a commit without the checksum of the index',
    words: () => ['altered-git'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [repository.head(), `expected: ${WRONG}`],
    hint: /ask the publisher/,
  },
  {
    claim: 'a page in place of an archive, which is told before any digest',
    words: () => ['paged'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: ['HTTP status 200', 'text/html', 'expected'],
    hint: /an HTML page, and an error page is no archive/,
  },
  {
    claim: 'a 404 page in place of an archive',
    words: () => [server.url('/missing.tar.gz'), '--checksum', WRONG],
    status: 9,
    code: 'NETWORK_HTTP_STATUS',
    says: ['/missing.tar.gz', 'HTTP status 404', 'text/html', 'No such page'],
    hint: /Check the spelling/,
  },
  {
    claim: 'a 404 page at the only source of an entry',
    words: () => ['gone'],
    status: 9,
    code: 'NETWORK_NO_SOURCE',
    says: ['No source of gone 1.0.0', '/missing.tar.gz', 'HTTP status 404', 'text/html'],
    hint: /pack_registry\.mirrors/,
  },
  {
    claim: 'a manifest with a field of the wrong type',
    words: () => [placeManifest('typed', 'ref: bad\nversion: 1.0.0\nkeywords: 3\nsystem: "no"\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    says: [join(harness.directory, 'typed'), /pack\.yaml:3:\d+/, 'keywords', /pack\.yaml:4:\d+/, 'system'],
    hint: /./,
  },
  {
    claim: 'a manifest with a key twice',
    words: () => [placeManifest('twice', 'ref: bad\nversion: 1.0.0\nref: worse\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    says: [/pack\.yaml:3:\d+/, 'ref'],
    hint: /./,
  },
  {
    claim: 'a version that is none',
    words: () => [placeManifest('unversioned', 'ref: bad\nversion: "1.0"\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    says: [/pack\.yaml:2:\d+/, 'version', "'1.0'"],
    hint: /./,
  },
  {
    claim: 'a directory without a manifest',
    words: () => {
      mkdirSync(join(harness.directory, 'empty'), { recursive: true });
      return ['./empty'];
    },
    status: 3,
    code: 'INVALID_PACK',
    says: [`'${join(harness.directory, 'empty')}'`, 'pack.yaml'],
    hint: /a pack\.yaml at its root/,
  },
  {
    claim: 'an archive that climbs out',
    words: () => [
      placeArchive(
        'climbing.tar.gz',
        tarGzOf({ name: 'pack.yaml', content: demo['pack.yaml']! }, { name: '../escaped' }),
      ),
    ],
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    says: ['climbing.tar.gz', '../escaped'],
    hint: /./,
  },
  {
    claim: 'an archive with a link in it',
    words: () => [
      placeArchive(
        'linked.tar.gz',
        tarGzOf(
          { name: 'pack.yaml', content: demo['pack.yaml']! },
          { name: 'secrets', type: '2', link: '/etc/passwd' },
        ),
      ),
    ],
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    says: ['linked.tar.gz', 'secrets'],
    hint: /./,
  },
  {
    claim: 'a directory with links in it, all of them named',
    words: () => {
      const word = place({ ref: 'linked' });
      symlinkSync('/etc/passwd', join(harness.directory, word, 'one'));
      symlinkSync('actions', join(harness.directory, word, 'two'));
      return [word];
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    says: [join(harness.directory, 'linked'), 'one', 'two'],
    hint: /./,
  },
  {
    claim: 'a pack whose runtimes and packs are missing or too old, which is told all at once,',
    words: () => [
      place({ ref: 'needy', runtimes: ['java>=17', 'no-such-runtime>=1', 'shell'], needs: ['anchor@^2', 'nobody'] }),
    ],
    variables: withPrograms,
    status: 6,
    code: 'DEPENDENCY_NOT_MET',
    says: [
      'Pack dependency validation failed:',
      /java>=17.*needy.*11\.0\.2/,
      /no-such-runtime>=1.*needy/,
      /needy 1\.0\.0 needs anchor \^2 and anchor 1\.0\.0 is installed/,
      /nobody.*needy 1\.0\.0/,
    ],
    hint: /--skip-deps/,
  },
  {
    claim: 'a pack whose tests fail',
    words: () => [place({ ref: 'failing', test: 'echo the reason; exit 3' })],
    status: 8,
    code: 'TESTS_FAILED',
    says: ['The tests of failing 1.0.0 did not pass (0/1)', 'the reason'],
    hint: /--force/,
  },
  {
    claim: 'a path that is not there',
    words: () => ['./nowhere'],
    status: 4,
    code: 'NOT_FOUND_PATH',
    says: [join(harness.directory, 'nowhere'), 'there is no such file or directory'],
    hint: /pack\.yaml/,
  },
  {
    claim: 'a ref that no registry has',
    words: () => ['demos'],
    status: 4,
    code: 'NOT_FOUND_PACK',
    says: ["'demos'", 'index-1'],
    hint: /Did you mean 'demo'/,
  },
  {
    claim: 'a version that is not there, with those that are',
    words: () => ['demo@^4'],
    status: 4,
    code: 'NOT_FOUND_VERSION',
    says: ["'demo'", "'^4'", '2.0.0, 1.1.0, 1.0.0 (yanked: broken)'],
    hint: /Ask for one of these/,
  },
  {
    claim: 'a registry that is not configured',
    words: () => ['demo', '--registry', 'indx-1'],
    status: 4,
    code: 'NOT_FOUND_REGISTRY',
    says: ["'indx-1'", "'index-1'"],
    hint: /Did you mean 'index-1'/,
  },
  {
    claim: 'a branch that is not there',
    words: () => [repository.path, '-r', 'man'],
    status: 4,
    code: 'NOT_FOUND_',
    says: ["'man'", repository.path, 'main'],
    hint: /--ref-spec/,
  },
  {
    claim: 'an archive on a port where nobody listens',
    words: () => [`${CLOSED}/demo.tar.gz`],
    status: 9,
    code: 'NETWORK_UNREACHABLE',
    says: [`${CLOSED}/demo.tar.gz`, 'refused'],
    hint: /HTTPS_PROXY/,
  },
  {
    claim: 'a registry pack whose every source is out of reach',
    words: () => ['closed'],
    status: 9,
    code: 'NETWORK_NO_SOURCE',
    says: ['closed 1.0.0', `${CLOSED}/x.tar.gz`],
    hint: /mirror/,
  },
  {
    claim: 'a download with --offline',
    words: () => [demoUrl, '--offline'],
    status: 9,
    code: 'NETWORK_OFFLINE',
    says: [demoUrl, '--offline'],
    hint: /mirror/,
  },
  {
    claim: 'a registry that cannot be read and comes first, although a later one has the pack',
    words: () => ['demo'],
    variables: { ATTUNE_REGISTRY_INDICES: `${CLOSED}/index.json,${index}` },
    status: 9,
    code: 'NETWORK_UNREACHABLE',
    says: ["registry 'index-1'", `${CLOSED}/index.json`],
    hint: /--registry/,
  },
  {
    claim: 'a registry that is not where it should be',
    words: () => ['demo'],
    variables: { ATTUNE_REGISTRY_INDICES: server.url('/missing/index.json') },
    status: 9,
    code: 'NETWORK_HTTP_STATUS',
    says: ['/missing/index.json', 'status 404', 'text/plain'],
    hint: /Check the URL/,
  },
  {
    claim: 'an entry whose source is another pack',
    words: () => ['impostor'],
    status: 7,
    code: 'INTEGRITY_IDENTITY',
    says: ["'index-1' promises impostor 1.0.0", demoUrl, 'demo 1.0.0'],
    hint: /maintainers/,
  },
  {
    claim: 'a weak checksum in an index',
    words: () => ['weak'],
    status: 3,
    code: 'INVALID_CHECKSUM',
    says: ['md5', 'can be forged'],
    hint: /--allow-weak-checksum/,
  },
  {
    claim: 'a weak checksum on the command line',
    words: () => [placeArchive('demo.tar.gz', archive), '--checksum', `sha1:${'0'.repeat(40)}`],
    status: 3,
    code: 'INVALID_CHECKSUM',
    says: ['sha1', 'can be forged'],
    hint: /--allow-weak-checksum/,
  },
  {
    claim: 'a weak checksum that is allowed and wrong',
    words: () => ['weak', '--allow-weak-checksum'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    says: [`expected md5:${'0'.repeat(32)}`, 'actual   md5:'],
    hint: /./,
  },
];

for (const { claim, words, variables = {}, status, code, says, hint } of ROWS) {
  test(`${claim} is refused and changes nothing`, async () => {
    const run = await harness.jsonWith(variables, 'pack', 'install', ...words());
    assert.deepEqual(Object.keys(run.document), ['error']);
    const { error } = run.document;
    assert.equal(run.status, status, error.message);
    assert.equal(error.exit_code, status);
    assert.ok(code.endsWith('_') ? error.code.startsWith(code) : error.code === code, error.code);
    let rest: string = error.message;
    for (const fact of says) {
      const found = typeof fact === 'string' ? rest.indexOf(fact) : rest.search(fact);
      assert.ok(found >= 0, `'${fact}' is not, or not in its order, in: ${error.message}`);
      rest = rest.slice(found);
    }
    assert.match(error.hint, hint);
    assert.deepEqual(storeContents(harness), contentsBefore);
    assert.deepEqual(databaseContents(harness), databaseBefore);
  });
}

test('after all of that the list is as it was', async () => {
  assert.deepEqual((await harness.json('pack', 'list')).document, listBefore);
});

test('nothing of all that was written outside of staging', () => {
  const escaped = readdirSync(dirname(harness.data), { recursive: true }).filter((path) =>
    String(path).includes('escaped'),
  );
  assert.deepEqual(escaped, []);
});

test('--force installs in spite of failing tests, with a warning', async (t) => {
  const own = createCliHarness(t);
  writeFiles(join(own.directory, 'failing'), packFiles({ ref: 'failing', test: 'echo the reason; exit 3' }));
  const { status, document, stderr } = await own.json('pack', 'install', './failing', '--force');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document.packs[0].tests, { status: 'failed', total: 1, passed: 0, failed: 1, skipped: 0 });
  assert.equal(document.warnings.length, 1);
  assert.match(document.warnings[0], /The tests of failing 1\.0\.0 did not pass/);
  assert.match(stderr, /Warning: The tests of failing/);
});

test('a weak checksum that is right is accepted with --allow-weak-checksum', async (t) => {
  const own = createCliHarness(t);
  writeFileSync(join(own.directory, 'demo.tar.gz'), archive);
  const sha1 = `sha1:${createHash('sha1').update(archive).digest('hex')}`;
  const { status, document } = await own.json(
    ...['pack', 'install', './demo.tar.gz', '--checksum', sha1, '--allow-weak-checksum'],
  );
  assert.equal(status, 0, document.error?.message);
  assert.equal(document.packs[0].archive_checksum, sha256Of(archive));
});
