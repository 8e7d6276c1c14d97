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

/** Returns the origin of a server that is closed, so that connections are refused. */
async function closedOrigin(): Promise<string> {
  const cleanups: (() => Promise<void>)[] = [];
  const { origin } = await startHttpServer({ after: (clean) => cleanups.push(clean) }, {});
  for (const clean of cleanups) await clean();
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

// All rows share one harness with an installed pack, and none of them may change it.
const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: index });
const programs = join(harness.directory, 'bin');
writeFiles(programs, { java: '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n' });
chmodSync(join(programs, 'java'), 0o755);
const withPrograms = { PATH: `${programs}:${process.env['PATH']}` };
await harness.attune('pack', 'install', createPack({ ref: 'anchor' }));
const { document: listBefore } = await harness.json('pack', 'list');
const contentsBefore = storeContents(harness);
const databaseBefore = databaseContents(harness);
assert.deepEqual(namesOf(listBefore.packs), ['anchor 1.0.0']);

/** Writes a pack to a directory of the harness. @returns its relative path */
function createPack(plan: PackPlan, directory = plan.ref): string {
  writeFiles(join(harness.directory, directory), packFiles(plan));
  return `./${directory}`;
}

function createArchive(name: string, content: Uint8Array): string {
  writeFileSync(join(harness.directory, name), content);
  return `./${name}`;
}

function createManifest(directory: string, manifest: string): string {
  return createPack({ ref: 'bad', files: { 'pack.yaml': manifest } }, directory);
}

interface Row {
  readonly title: string;
  readonly args: () => readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** Parts of the message in this order. */
  readonly message: readonly (string | RegExp)[];
  readonly hint: RegExp;
}

const ROWS: readonly Row[] = [
  {
    title: 'an archive with another checksum than --checksum',
    args: () => [createArchive('demo.tar.gz', archive), '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: ['demo.tar.gz', `${archive.length} bytes`, `expected ${WRONG}`, `actual   ${sha256Of(archive)}`],
    hint: /Do not use it/,
  },
  {
    title: 'a directory with another checksum than --checksum',
    args: () => [createPack({ ref: 'demo' }), '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: ['/demo', `expected: ${WRONG}`, /actual: {3}sha256:[0-9a-f]{64}/],
    hint: /Do not install them/,
  },
  {
    title: 'a commit with another checksum than --checksum',
    args: () => [`git+${repositoryUrl}`, '--checksum', WRONG],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: [repositoryUrl, repository.head(), `expected: ${WRONG}`],
    hint: /Do not install them/,
  },
  {
    title: 'an archive with another checksum than the index entry',
    args: () => ['altered'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: [demoUrl, 'HTTP status 200', 'application/gzip', `expected ${WRONG}`, `actual   ${sha256Of(archive)}`],
    hint: /changed or replaced/,
  },
  {
    title: 'a commit with another checksum than the index entry',
    args: () => ['altered-git'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: [repository.head(), `expected: ${WRONG}`],
    hint: /contact the publisher/,
  },
  {
    title: 'an HTML page in place of an archive',
    args: () => ['paged'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: ['HTTP status 200', 'text/html', 'expected'],
    hint: /The server sent an HTML page instead of an archive/,
  },
  {
    title: 'a 404 page in place of an archive',
    args: () => [server.url('/missing.tar.gz'), '--checksum', WRONG],
    status: 9,
    code: 'NETWORK_HTTP_STATUS',
    message: ['/missing.tar.gz', 'HTTP status 404', 'text/html', 'No such page'],
    hint: /Check the spelling/,
  },
  {
    title: 'a 404 page at the only source of an entry',
    args: () => ['gone'],
    status: 9,
    code: 'NETWORK_NO_SOURCE',
    message: ['No source of gone 1.0.0', '/missing.tar.gz', 'HTTP status 404', 'text/html'],
    hint: /pack_registry\.mirrors/,
  },
  {
    title: 'a manifest with a field of the wrong type',
    args: () => [createManifest('typed', 'ref: bad\nversion: 1.0.0\nkeywords: 3\nsystem: "no"\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    message: [join(harness.directory, 'typed'), /pack\.yaml:3:\d+/, 'keywords', /pack\.yaml:4:\d+/, 'system'],
    hint: /./,
  },
  {
    title: 'a manifest with a duplicate key',
    args: () => [createManifest('twice', 'ref: bad\nversion: 1.0.0\nref: worse\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    message: [/pack\.yaml:3:\d+/, 'ref'],
    hint: /./,
  },
  {
    title: 'a manifest with an invalid version',
    args: () => [createManifest('unversioned', 'ref: bad\nversion: "1.0"\n')],
    status: 3,
    code: 'INVALID_MANIFEST',
    message: [/pack\.yaml:2:\d+/, 'version', "'1.0'"],
    hint: /./,
  },
  {
    title: 'a directory without a manifest',
    args: () => {
      mkdirSync(join(harness.directory, 'empty'), { recursive: true });
      return ['./empty'];
    },
    status: 3,
    code: 'INVALID_PACK',
    message: [`'${join(harness.directory, 'empty')}'`, 'pack.yaml'],
    hint: /a pack\.yaml at its root/,
  },
  {
    title: 'an archive with a path outside of the pack',
    args: () => [
      createArchive(
        'climbing.tar.gz',
        tarGzOf({ name: 'pack.yaml', content: demo['pack.yaml']! }, { name: '../escaped' }),
      ),
    ],
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: ['climbing.tar.gz', '../escaped'],
    hint: /./,
  },
  {
    title: 'an archive with a symbolic link',
    args: () => [
      createArchive(
        'linked.tar.gz',
        tarGzOf(
          { name: 'pack.yaml', content: demo['pack.yaml']! },
          { name: 'secrets', type: '2', link: '/etc/passwd' },
        ),
      ),
    ],
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: ['linked.tar.gz', 'secrets'],
    hint: /./,
  },
  {
    title: 'a directory with symbolic links',
    args: () => {
      const source = createPack({ ref: 'linked' });
      symlinkSync('/etc/passwd', join(harness.directory, source, 'one'));
      symlinkSync('actions', join(harness.directory, source, 'two'));
      return [source];
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: [join(harness.directory, 'linked'), 'one', 'two'],
    hint: /./,
  },
  {
    title: 'a pack with missing or outdated runtimes and packs',
    args: () => [
      createPack({
        ref: 'needy',
        runtimes: ['java>=17', 'no-such-runtime>=1', 'shell'],
        dependencies: ['anchor@^2', 'unknown'],
      }),
    ],
    variables: withPrograms,
    status: 6,
    code: 'DEPENDENCY_NOT_MET',
    message: [
      'Pack dependency validation failed:',
      /java>=17.*needy.*11\.0\.2/,
      /no-such-runtime>=1.*needy/,
      /needy 1\.0\.0 depends on anchor \^2 and anchor 1\.0\.0 is installed/,
      /unknown.*needy 1\.0\.0/,
    ],
    hint: /--skip-deps/,
  },
  {
    title: 'a pack whose tests fail',
    args: () => [createPack({ ref: 'failing', test: 'echo the reason; exit 3' })],
    status: 8,
    code: 'TESTS_FAILED',
    message: ['The tests of failing 1.0.0 did not pass (0/1)', 'the reason'],
    hint: /--force/,
  },
  {
    title: 'a path that does not exist',
    args: () => ['./nowhere'],
    status: 4,
    code: 'NOT_FOUND_PATH',
    message: [join(harness.directory, 'nowhere'), 'no such file or directory'],
    hint: /pack\.yaml/,
  },
  {
    title: 'a ref that no registry has',
    args: () => ['demos'],
    status: 4,
    code: 'NOT_FOUND_PACK',
    message: ["'demos'", 'index-1'],
    hint: /Did you mean 'demo'/,
  },
  {
    title: 'a range without a matching version',
    args: () => ['demo@^4'],
    status: 4,
    code: 'NOT_FOUND_VERSION',
    message: ["'demo'", "'^4'", '2.0.0, 1.1.0, 1.0.0 (yanked: broken)'],
    hint: /Request one of these/,
  },
  {
    title: 'a registry that is not configured',
    args: () => ['demo', '--registry', 'indx-1'],
    status: 4,
    code: 'NOT_FOUND_REGISTRY',
    message: ["'indx-1'", "'index-1'"],
    hint: /Did you mean 'index-1'/,
  },
  {
    title: 'a branch that does not exist',
    args: () => [repository.path, '-r', 'man'],
    status: 4,
    code: 'NOT_FOUND_',
    message: ["'man'", repository.path, 'main'],
    hint: /--ref-spec/,
  },
  {
    title: 'an archive on a port that refuses connections',
    args: () => [`${CLOSED}/demo.tar.gz`],
    status: 9,
    code: 'NETWORK_UNREACHABLE',
    message: [`${CLOSED}/demo.tar.gz`, 'refused'],
    hint: /HTTPS_PROXY/,
  },
  {
    title: 'a registry pack without a reachable source',
    args: () => ['closed'],
    status: 9,
    code: 'NETWORK_NO_SOURCE',
    message: ['closed 1.0.0', `${CLOSED}/x.tar.gz`],
    hint: /mirror/,
  },
  {
    title: 'a download with --offline',
    args: () => [demoUrl, '--offline'],
    status: 9,
    code: 'NETWORK_OFFLINE',
    message: [demoUrl, '--offline'],
    hint: /mirror/,
  },
  {
    title: 'an unreachable registry with a higher priority than the one that has the pack',
    args: () => ['demo'],
    variables: { ATTUNE_REGISTRY_INDICES: `${CLOSED}/index.json,${index}` },
    status: 9,
    code: 'NETWORK_UNREACHABLE',
    message: ["registry 'index-1'", `${CLOSED}/index.json`],
    hint: /--registry/,
  },
  {
    title: 'a registry URL that responds with 404',
    args: () => ['demo'],
    variables: { ATTUNE_REGISTRY_INDICES: server.url('/missing/index.json') },
    status: 9,
    code: 'NETWORK_HTTP_STATUS',
    message: ['/missing/index.json', 'status 404', 'text/plain'],
    hint: /Check the URL/,
  },
  {
    title: 'an index entry whose source is another pack',
    args: () => ['impostor'],
    status: 7,
    code: 'INTEGRITY_IDENTITY',
    message: ["'index-1' lists impostor 1.0.0", demoUrl, 'demo 1.0.0'],
    hint: /maintainers/,
  },
  {
    title: 'a weak checksum in an index',
    args: () => ['weak'],
    status: 3,
    code: 'INVALID_CHECKSUM',
    message: ['md5', 'can be forged'],
    hint: /--allow-weak-checksum/,
  },
  {
    title: 'a weak checksum on the command line',
    args: () => [createArchive('demo.tar.gz', archive), '--checksum', `sha1:${'0'.repeat(40)}`],
    status: 3,
    code: 'INVALID_CHECKSUM',
    message: ['sha1', 'can be forged'],
    hint: /--allow-weak-checksum/,
  },
  {
    title: 'a wrong weak checksum with --allow-weak-checksum',
    args: () => ['weak', '--allow-weak-checksum'],
    status: 7,
    code: 'INTEGRITY_CHECKSUM',
    message: [`expected md5:${'0'.repeat(32)}`, 'actual   md5:'],
    hint: /./,
  },
];

for (const { title, args, variables = {}, status, code, message, hint } of ROWS) {
  test(`install: ${title} exits ${status} and leaves the store unchanged`, async () => {
    const run = await harness.jsonWith(variables, 'pack', 'install', ...args());
    assert.deepEqual(Object.keys(run.document), ['error']);
    const { error } = run.document;
    assert.equal(run.status, status, error.message);
    assert.equal(error.exit_code, status);
    assert.ok(code.endsWith('_') ? error.code.startsWith(code) : error.code === code, error.code);
    let rest: string = error.message;
    for (const fact of message) {
      const found = typeof fact === 'string' ? rest.indexOf(fact) : rest.search(fact);
      assert.ok(found >= 0, `'${fact}' is missing, or not in order, in: ${error.message}`);
      rest = rest.slice(found);
    }
    assert.match(error.hint, hint);
    assert.deepEqual(storeContents(harness), contentsBefore);
    assert.deepEqual(databaseContents(harness), databaseBefore);
  });
}

test('list: is unchanged after all refused installations', async () => {
  assert.deepEqual((await harness.json('pack', 'list')).document, listBefore);
});

test('install: no refused installation wrote outside of staging', () => {
  const escaped = readdirSync(dirname(harness.data), { recursive: true }).filter((path) =>
    String(path).includes('escaped'),
  );
  assert.deepEqual(escaped, []);
});

test('install: --force installs a pack with failing tests and warns', async (t) => {
  const own = createCliHarness(t);
  writeFiles(join(own.directory, 'failing'), packFiles({ ref: 'failing', test: 'echo the reason; exit 3' }));
  const { status, document, stderr } = await own.json('pack', 'install', './failing', '--force');
  assert.equal(status, 0, document.error?.message);
  const { isolation, ...totals } = document.packs[0].tests;
  assert.deepEqual(totals, { status: 'failed', total: 1, passed: 0, failed: 1, skipped: 0 });
  assert.equal(isolation.not_isolated, 'named_by_path');
  assert.equal(document.warnings.length, 1);
  assert.match(document.warnings[0], /The tests of failing 1\.0\.0 did not pass/);
  assert.match(stderr, /Warning: The tests of failing/);
});

test('install: a correct weak checksum is accepted with --allow-weak-checksum', async (t) => {
  const own = createCliHarness(t);
  writeFileSync(join(own.directory, 'demo.tar.gz'), archive);
  const sha1 = `sha1:${createHash('sha1').update(archive).digest('hex')}`;
  const { status, document } = await own.json(
    ...['pack', 'install', './demo.tar.gz', '--checksum', sha1, '--allow-weak-checksum'],
  );
  assert.equal(status, 0, document.error?.message);
  assert.equal(document.packs[0].archive_checksum, sha256Of(archive));
});
