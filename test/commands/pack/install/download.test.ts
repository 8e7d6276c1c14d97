import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, contentsOf, createCliHarness, installedPacks, storeContents } from '../../../support/cli.ts';
import {
  answer,
  bytes,
  guarded,
  type Handler,
  type HttpServer,
  inSequence,
  resets,
  servedFile,
  stalls,
  startHttpServer,
} from '../../../support/http/server.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { waitFor } from '../../../support/wait-for.ts';

const ARCHIVE = packArchive(packFiles({ ref: 'far' }));
const FILE = { content: ARCHIVE, headers: { etag: '"1"' } };

/** Creates a harness with a registry that lists the pack `far`, whose archive a server provides. */
async function harnessWithServer(
  t: TestContext,
  handler: Handler,
): Promise<{ harness: CliHarness; server: HttpServer; url: string; index: string; cached: () => string[] }> {
  const server = await startHttpServer(t, { '/far.tar.gz': handler });
  const url = server.url('/far.tar.gz');
  const harness = createCliHarness(t);
  const index = writeRegistry(harness.directory, [
    { ref: 'far', sources: [{ type: 'archive', url, checksum: sha256Of(ARCHIVE) }] },
  ]);
  writeFiles(harness.config, {
    'settings.yaml': `pack_registry: { indices: [{ name: ours, url: ${JSON.stringify(index)} }] }\n`,
  });
  const downloads = join(dirname(harness.data), 'cache', 'downloads', 'sha256');
  return { harness, server, url, index, cached: () => (existsSync(downloads) ? readdirSync(downloads) : []) };
}

/** Returns the variables for another data directory with the same cache. */
const dataDirectory = (harness: CliHarness, name: string) => ({ ATTUNE_DATA_DIR: join(harness.directory, name) });

test('install: a second installation of a registry pack sends no request', async (t) => {
  const { harness, server } = await harnessWithServer(t, bytes(ARCHIVE));
  const first = await harness.json('pack', 'install', 'far');
  const second = await harness.jsonWith(dataDirectory(harness, 'second'), 'pack', 'install', 'far');
  const third = await harness.jsonWith(dataDirectory(harness, 'third'), 'pack', 'install', 'far', '--offline');
  for (const { document, status } of [first, second, third]) {
    assert.equal(status, 0);
    assert.deepEqual(withoutPath(document), withoutPath(first.document));
  }
  assert.deepEqual(server.requests, ['GET /far.tar.gz']);
  const fourth = await harness.attuneWith(dataDirectory(harness, 'fourth'), 'pack', 'install', 'far');
  assert.match(fourth.stderr, /Reading http:\S+\/far\.tar\.gz from the cache/);
});

/** Returns the packs of a receipt without their paths. */
function withoutPath(document: { packs: Record<string, unknown>[] }) {
  return document.packs.map(({ storage_path: _, ...pack }) => pack);
}

test('install: a URL with --checksum uses the cache, and one without revalidates it', async (t) => {
  const { harness, server, url } = await harnessWithServer(t, servedFile(FILE));
  const install = (name: string, ...flags: string[]) =>
    harness.attuneWith(dataDirectory(harness, name), 'pack', 'install', url, ...flags);
  assert.equal((await install('one')).status, 0);
  assert.match((await install('two')).stderr, /from the cache/);
  assert.equal(server.headers[1]?.['if-none-match'], '"1"');
  assert.equal((await install('three', '--checksum', sha256Of(ARCHIVE), '--offline')).status, 0);
  assert.equal((await install('four', '--offline')).status, 9);
  assert.equal(server.requests.length, 2);
});

test('index-validate: --check-sources queries the sources regardless of the cache', async (t) => {
  const { harness, server, index } = await harnessWithServer(t, inSequence(bytes(ARCHIVE), answer(404, {})));
  assert.equal((await harness.attune('pack', 'install', 'far')).status, 0);
  const { document } = await harness.json('pack', 'index-validate', index, '--check-sources');
  assert.equal(document.errors, 1);
  assert.equal(server.requests.length, 2);
});

test('install: an interrupted download is resumed and logged', async (t) => {
  const { harness, server } = await harnessWithServer(
    t,
    inSequence(servedFile({ ...FILE, cutAfter: 100 }), servedFile(FILE)),
  );
  const { status, stderr } = await harness.attune('pack', 'install', 'far');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /127\.0\.0\.1:\d+: the connection was cut\. Trying again in 0\.\d s \(attempt 2 of 3\)\./);
  assert.deepEqual(
    server.headers.map(({ range }) => range),
    [undefined, 'bytes=100-'],
  );
});

test('install: downloads.attempts in settings.yaml limits the attempts', async (t) => {
  const { harness, server, url } = await harnessWithServer(t, resets);
  writeFiles(harness.config, { 'settings.yaml': 'downloads: { attempts: 1 }\n' });
  const { status, document } = await harness.json('pack', 'install', url, '--checksum', sha256Of(ARCHIVE));
  assert.equal(status, 9);
  assert.equal(document.error.code, 'NETWORK_UNREACHABLE');
  assert.equal(server.requests.length, 1);
});

test('install: after SIGKILL during a download the next command starts over, and no partial file is cached', async (t) => {
  const { harness, server, cached } = await harnessWithServer(
    t,
    inSequence(stalls(ARCHIVE.subarray(0, 100)), bytes(ARCHIVE)),
  );
  const { child, ended } = harness.start({}, 'pack', 'install', 'far');
  await waitFor(() => server.requests.length > 0);
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(cached(), []);
  assert.equal((await harness.attune('pack', 'install', 'far')).status, 0);
  assert.deepEqual(await installedPacks(harness), ['far 1.0.0']);
  assert.deepEqual(
    Object.keys(storeContents(harness)).filter((path) => path.startsWith('staging/')),
    [],
  );
  assert.deepEqual(cached(), [sha256Of(ARCHIVE).replace('sha256:', '')]);
});

test('install: a damaged cached archive is downloaded again', async (t) => {
  const { harness, server, cached } = await harnessWithServer(t, bytes(ARCHIVE));
  await harness.attune('pack', 'install', 'far');
  const [name = ''] = cached();
  writeFileSync(join(dirname(harness.data), 'cache', 'downloads', 'sha256', name), 'damaged');
  const { status, stderr } = await harness.attuneWith(dataDirectory(harness, 'again'), 'pack', 'install', 'far');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /The cached copy of \S+ is damaged\. Downloading it again\./);
  assert.equal(server.requests.length, 2);
});

test('install: without a usable cache directory the installation succeeds with a note', async (t) => {
  const { harness } = await harnessWithServer(t, bytes(ARCHIVE));
  const { status, stderr } = await harness.attuneWith(
    { ATTUNE_CACHE_DIR: '/dev/null/cache' },
    'pack',
    'install',
    'far',
  );
  assert.equal(status, 0, stderr);
  assert.equal(stderr.match(/The download cache cannot be used\./g)?.length, 1);
});

test('install: a private archive is downloaded with a token, which is stored nowhere', async (t) => {
  const { harness, url } = await harnessWithServer(t, guarded('ada', 's3cret', servedFile(FILE)));
  const { status, stderr } = await harness.attuneWith(
    { ATTUNE_GIT_TOKEN: 'ada:s3cret' },
    'pack',
    'install',
    url,
    '--verbose',
  );
  assert.equal(status, 0, stderr);
  for (const [path, content] of Object.entries({ ...contentsOf(dirname(harness.data)), stderr }))
    assert.doesNotMatch(content, /s3cret|YWRhOnMzY3JldA/, path);
  const anonymous = await harness.json('pack', 'install', url);
  assert.match(anonymous.document.error.hint, /No credentials were sent\. .*ATTUNE_GIT_TOKEN/);
});

test('install: a port that the fetch standard blocks is contacted', async (t) => {
  const { harness } = await harnessWithServer(t, resets);
  const url = 'http://127.0.0.1:6667/a.tar.gz';
  writeFiles(harness.config, { 'settings.yaml': 'downloads: { attempts: 1 }\n' });
  const { document } = await harness.json('pack', 'install', url);
  assert.equal(document.error.message, `Cannot reach ${url}: the connection was refused.`);
});
