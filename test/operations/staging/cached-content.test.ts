import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { cacheContent, restoreContent } from '../../../src/operations/staging/cached-content.ts';
import { readStagedContent } from '../../../src/operations/staging/staged-content.ts';
import { fingerprint } from '../../../src/packs/tree/checksum.ts';
import { directoryTree } from '../../../src/packs/tree/directory-tree.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { fetchGitPack } from '../../support/git/fetching.ts';
import { createRepository } from '../../support/git/repository.ts';
import { startGitServer } from '../../support/git/server.ts';
import { openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const repository = createRepository(
  { after },
  {
    'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
    'bin/run.sh': { content: 'run\n', executable: true },
    'notes.txt': 'note\n'.repeat(2000),
  },
);
const firstCommit = repository.head();
// Another commit of the same files.
repository.git('commit', '--quiet', '--allow-empty', '-m', 'nothing new');
const bare = repository.bareCopy(`${repository.path}.git`);
const server = await startGitServer({ after }, dirname(bare));
const URL = `${server.url}/${basename(bare)}`;

/** Creates a private cache and staging area, with functions that fetch packs into them and restore packs from them. */
function harness(t: TestContext, cacheBytes = 1_000_000) {
  const root = temporaryDirectory(t);
  const store = openStore(join(root, 'data'));
  t.after(() => store[Symbol.dispose]());
  const area = store.stage();
  const notes: string[] = [];
  const downloads = new DownloadCache(join(root, 'downloads'), cacheBytes, (text) => assert.fail(text));
  const runtime = {
    paths: { cache: root },
    reporter: { note: (text: string) => notes.push(text) },
    downloads: async () => downloads,
    config: async () => ({
      limits: DEFAULT_LIMITS,
      downloads: { cacheBytes, attempts: 1, connectTimeoutMs: 1000 },
    }),
  };
  const cachedPaths = () => downloads.entries().map(({ path }) => path);
  const fetch = async (url: string, refSpec?: string) => {
    const { destination, written, ...fetched } = await fetchGitPack(t, url, refSpec, { cache: downloads });
    const content = readStagedContent(destination, written, DEFAULT_LIMITS);
    await cacheContent({ ...content, ...fetched }, { registry: 'main', packfile: fetched.packfile }, area, runtime);
    return { content, packfile: fetched.packfile, commit: fetched.provenance.commit };
  };
  const restore = (checksum: Parameters<typeof restoreContent>[0]) => restoreContent(checksum, area, runtime);
  return { fetch, restore, cachedPaths, notes, area };
}

test('cache: the packfile of a git server is cached unchanged and restored to the same pack', async (t) => {
  const { fetch, restore, cachedPaths } = harness(t);
  const { content, packfile, commit } = await fetch(URL);
  const [file = '', ...others] = cachedPaths();
  assert.equal(readFileSync(file).toString('latin1', 0, 4), 'PACK');
  assert.deepEqual(others, []);
  assert.ok(packfile !== undefined && !existsSync(packfile), 'the packfile in scratch was not removed');
  const restored = await restore(content.fingerprint.checksum);
  assert.deepEqual(restored?.fingerprint, content.fingerprint);
  assert.deepEqual(fingerprint(directoryTree(restored.pack.root)), content.fingerprint);
  assert.deepEqual(restored.origin, { type: 'git', url: URL, ref: null, commit, registry: 'main' });
  assert.equal(restored.pack.manifest.ref, 'demo');
});

test('cache: the same files of another commit are cached once, with the latest origin', async (t) => {
  const { fetch, restore, cachedPaths } = harness(t);
  const first = await fetch(URL, firstCommit);
  const second = await fetch(URL);
  assert.deepEqual(second.content.fingerprint, first.content.fingerprint);
  assert.notEqual(second.commit, first.commit);
  assert.equal(cachedPaths().length, 1);
  assert.ok(second.packfile !== undefined && !existsSync(second.packfile));
  assert.equal((await restore(first.content.fingerprint.checksum))?.origin.commit, second.commit);
});

test('cache: a commit with its history, and one of a local repository, are cached as a tar', async (t) => {
  for (const [url, refSpec] of [
    [URL, firstCommit.slice(0, 12)],
    [repository.path, undefined],
  ] as const) {
    const { fetch, restore, cachedPaths } = harness(t);
    const { content, packfile } = await fetch(url, refSpec);
    assert.equal(packfile, undefined);
    assert.equal(readFileSync(cachedPaths()[0] ?? '').toString('latin1', 257, 262), 'ustar');
    assert.deepEqual((await restore(content.fingerprint.checksum))?.fingerprint, content.fingerprint);
  }
});

test('cache: damaged content is not used, noted and removed', async (t) => {
  const { fetch, restore, cachedPaths, notes } = harness(t);
  const { content } = await fetch(URL);
  const [file = ''] = cachedPaths();
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(file, bytes);
  assert.equal(await restore(content.fingerprint.checksum), undefined);
  assert.match(notes.join('\n'), /is damaged and will be downloaded again/);
  assert.deepEqual(cachedPaths(), []);
});

test('cache: content larger than the cache is not cached', async (t) => {
  const { fetch, restore, cachedPaths } = harness(t, 100);
  const { content } = await fetch(URL);
  assert.deepEqual(cachedPaths(), []);
  assert.equal(await restore(content.fingerprint.checksum), undefined);
});

test('staging: a disposed area leaves no files', async (t) => {
  const { fetch, restore, area } = harness(t);
  const { content } = await fetch(URL);
  const restored = await restore(content.fingerprint.checksum);
  const staging = dirname(dirname(restored?.pack.root ?? ''));
  assert.ok(readdirSync(staging).length > 0);
  area[Symbol.dispose]();
  assert.deepEqual(readdirSync(staging), []);
});
