import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../../src/config/types.ts';
import { cacheInfo } from '../../../src/operations/cache/cache-info.ts';
import { type PruneRequest, pruneCache } from '../../../src/operations/cache/prune-cache.ts';
import { IndexCaches } from '../../../src/registry/cache/index-caches.ts';
import { tryLockCache } from '../../../src/registry/cache/lock.ts';
import { ContentCache } from '../../../src/sources/cache/content-cache.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { contentsOf } from '../../support/cli.ts';
import { install, openStore, writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.now();
const NOTHING: PruneRequest = {
  olderThanMs: undefined,
  maxBytes: undefined,
  all: false,
  releases: false,
  envs: false,
  dryRun: false,
};

/** Creates a machine with a cache of at most 1,000 bytes and a store that keeps two releases of each pack. */
function machine(t: TestContext, { keepReleases = 2 } = {}) {
  const root = temporaryDirectory(t);
  const paths = { data: join(root, 'data'), cache: join(root, 'cache'), config: join(root, 'config') };
  const downloads = new DownloadCache(join(paths.cache, 'downloads'), 1000, assert.fail);
  const store = openStore(paths.data, { keepReleases: 9 });
  t.after(() => store[Symbol.dispose]());
  const config = { downloads: { cacheBytes: 1000 }, keepReleases } as Config;
  const runtime = {
    paths,
    clock: { now: () => new Date(NOW), elapsed: () => 0, sleep: async () => {} },
    config: async () => config,
    store: async () => store,
    downloads: async () => downloads,
  };
  /** Adds an archive to the cache and returns its path there. */
  const put = (content: string, daysAgo: number): string => {
    const sha256 = { algorithm: 'sha256', hex: createHash('sha256').update(content).digest('hex') } as const;
    writeFileSync(join(root, 'archive'), content);
    downloads.put(join(root, 'archive'), sha256);
    const origin = { type: 'archive', url: 'https://host/a.zip', ref: null, commit: null, registry: null } as const;
    new ContentCache(join(paths.cache, 'contents'), downloads).record(sha256, sha256, origin);
    const path = join(paths.cache, 'downloads/sha256', sha256.hex);
    utimesSync(path, (NOW - daysAgo * DAY) / 1000, (NOW - daysAgo * DAY) / 1000);
    return path;
  };
  return {
    paths,
    runtime,
    store,
    put,
    prune: (changes: Partial<PruneRequest>) => pruneCache({ ...NOTHING, ...changes }, runtime),
  };
}

const exist = (paths: readonly string[]) => paths.map((path) => existsSync(path));
const removed = ({ rooms }: Awaited<ReturnType<typeof pruneCache>>) =>
  rooms.map(({ name, files, bytes }) => [name, files, bytes]);

const ROWS: readonly { claim: string; request: Partial<PruneRequest>; kept: readonly boolean[] }[] = [
  { claim: 'without limits, keeps downloads within the configured size', request: {}, kept: [true, true, true] },
  {
    claim: 'with an age, removes downloads that were not used for that long',
    request: { olderThanMs: 30 * DAY },
    kept: [false, true, true],
  },
  {
    claim: 'with a size, removes the least recently used downloads',
    request: { maxBytes: 250 },
    kept: [false, true, true],
  },
  {
    claim: 'with an age and a size, applies both limits',
    request: { olderThanMs: 30 * DAY, maxBytes: 100 },
    kept: [false, false, true],
  },
  { claim: 'with size 0, removes all downloads', request: { maxBytes: 0 }, kept: [false, false, false] },
  { claim: 'with all, removes all downloads', request: { all: true }, kept: [false, false, false] },
  {
    claim: 'with releases only, keeps all downloads',
    request: { releases: true, olderThanMs: 1 },
    kept: [true, true, true],
  },
];

for (const { claim, request, kept } of ROWS) {
  test(`cache prune: ${claim}; a dry run reports the same and removes nothing`, async (t) => {
    const { paths, put, prune } = machine(t);
    const archives = [put('a'.repeat(100), 40), put('b'.repeat(101), 20), put('c'.repeat(99), 1)];
    const before = contentsOf(paths.cache);
    const plan = await prune({ ...request, dryRun: true });
    assert.deepEqual(contentsOf(paths.cache), before);
    const receipt = await prune(request);
    assert.deepEqual(exist(archives), kept);
    const neither = { dry_run: undefined, success: undefined };
    assert.deepEqual({ ...plan, ...neither }, { ...receipt, ...neither });
    const count = kept.filter((isKept) => !isKept).length;
    assert.equal(receipt.rooms.find(({ name }) => name === 'downloads')?.files ?? 0, count);
    assert.equal(
      readdirSync(join(paths.cache, 'contents')).length,
      3 - count,
      'the metadata of a removed archive must be removed too',
    );
  });
}

test('cache prune: a download that is used after it was selected is kept', (t) => {
  const { put, runtime, paths } = machine(t);
  const path = put('a', 40);
  const cache = new DownloadCache(join(paths.cache, 'downloads'), 1000, assert.fail);
  const [archive] = cache.selectForEviction({ usedBefore: runtime.clock.now(), maxBytes: 1000 });
  cache.touch(archive!);
  assert.equal(cache.removeIfUnused(archive!), false);
  assert.ok(existsSync(path));
});

test('cache prune: keeps files of the user and unfinished downloads of other processes', async (t) => {
  const { paths, prune, put, runtime } = machine(t);
  put('a', 1);
  writeFiles(paths.cache, {
    'holiday.jpg': 'a file of the user',
    'pictures/one.jpg': 'a file of the user',
    'downloads/sha256/x.123abc.tmp': 'unfinished',
    'code/v24/x.cache': 'compiled',
  });
  const info = await cacheInfo(runtime);
  assert.deepEqual(
    info.rooms.map(({ name, files }) => [name, files]),
    [
      ['downloads', 2],
      ['contents', 1],
      ['indexes', 0],
      ['code', 1],
      ['other', 2],
    ],
  );
  assert.equal(
    info.bytes,
    info.rooms.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  assert.deepEqual(removed(await prune({ all: true })), [
    ['downloads', 1, 1],
    ['code', 1, 8],
  ]);
  assert.deepEqual(
    Object.keys(contentsOf(paths.cache)).filter((path) => !path.endsWith('/')),
    ['downloads/sha256/x.123abc.tmp', 'holiday.jpg', 'pictures/one.jpg'],
  );
});

test('cache prune: keeps the index cache while a process is writing to it, but not while one is reading', async (t) => {
  const { paths, prune } = machine(t);
  const path = join(paths.cache, 'indexes.db');
  const stamp = { digest: 'x', etag: undefined, lastModified: undefined, stamp: undefined, fetchedAt: 0 };
  const identity = { key: 'k', url: 'u' };
  using reader = new IndexCaches(path, assert.fail);
  await reader.persistent.replace(identity, stamp, () => []);
  writeFiles(paths.cache, { 'indexes.db-wal': 'of an earlier attune' });
  {
    using _writer = tryLockCache(path);
    const busy = await prune({ all: true });
    assert.deepEqual([busy.in_use, busy.rooms], [['the index cache'], []]);
    assert.ok(existsSync(path));
  }
  const done = await prune({ all: true });
  assert.deepEqual([done.in_use, removed(done).map(([name, files]) => [name, files])], [[], [['indexes', 2]]]);
  assert.deepEqual(
    Object.keys(contentsOf(paths.cache)).filter((name) => name.startsWith('indexes')),
    [],
  );
  assert.equal(reader.persistent.find(identity)?.digest, 'x', 'a reader must be able to finish');
  using again = new IndexCaches(path, assert.fail);
  await again.persistent.replace(identity, stamp, () => []);
  assert.ok(existsSync(path), 'the index cache must be recreated on demand');
});

test('cache prune --releases: removes releases beyond keep_releases, but none of a pinned pack', async (t) => {
  const { paths, prune, store } = machine(t);
  for (const version of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) {
    await install(store, 'core', version);
    await install(store, 'held', version);
  }
  await store.write((writer) => writer.pin(['held'], true));
  await store.write((writer) =>
    writer.rollback(store.retainedReleases('core').find(({ version }) => version === '1.0.0')!),
  );
  const kept = () => store.retainedReleases('core').map(({ version }) => version);
  assert.deepEqual(kept(), ['1.0.0', '4.0.0', '3.0.0', '2.0.0']);
  const plan = await prune({ releases: true, dryRun: true });
  assert.deepEqual(kept().length, 4);
  const receipt = await prune({ releases: true });
  assert.deepEqual(receipt.releases, plan.releases);
  assert.deepEqual(
    receipt.releases.map(({ ref, version, why }) => `${ref} ${version}: ${why}`),
    ['core 3.0.0: beyond keep_releases', 'core 2.0.0: beyond keep_releases'],
  );
  assert.equal(
    receipt.bytes,
    receipt.releases.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  assert.deepEqual(kept(), ['1.0.0', '4.0.0']);
  assert.equal(store.retainedReleases('held').length, 4);
  assert.deepEqual(
    readdirSync(join(paths.data, 'releases/core')).map((name) => name.split('-')[0]),
    ['1.0.0', '4.0.0'],
  );
  assert.deepEqual((await prune({ releases: true })).releases, []);
});

test('cache prune --releases: with an age, keeps younger releases', async (t) => {
  const { prune, store } = machine(t, { keepReleases: 1 });
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  assert.deepEqual((await prune({ releases: true, olderThanMs: DAY })).releases, []);
  assert.equal((await prune({ releases: true })).releases.length, 1);
});

test('cache prune: does not create a missing store', async (t) => {
  const { paths, prune, runtime } = machine(t);
  assert.deepEqual((await prune({ all: true, releases: true, envs: true })).bytes, 0);
  assert.equal((await cacheInfo(runtime)).bytes, 0);
  assert.equal(existsSync(paths.data), false);
});
