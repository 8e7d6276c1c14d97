import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { cacheInfo } from '../../../src/operations/cache/cache-info.ts';
import { type PruneRequest, pruneCache } from '../../../src/operations/cache/prune-cache.ts';
import { openCacheDatabase } from '../../../src/registry/cache/database.ts';
import { IndexCaches } from '../../../src/registry/cache/index-cache.ts';
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

/** A machine with a cache of 1,000 bytes and a store that keeps two releases of each pack. */
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
  /** @returns the archive's place in the cache */
  const put = (content: string, daysAgo: number): string => {
    const sha256 = { algorithm: 'sha256', hex: createHash('sha256').update(content).digest('hex') } as const;
    writeFileSync(join(root, 'archive'), content);
    downloads.put(join(root, 'archive'), sha256);
    const origin = { type: 'archive', url: 'https://host/a.zip', ref: null, commit: null, registry: null } as const;
    new ContentCache(join(paths.cache, 'contents'), downloads).keep(sha256, sha256, origin);
    const place = join(paths.cache, 'downloads/sha256', sha256.hex);
    utimesSync(place, (NOW - daysAgo * DAY) / 1000, (NOW - daysAgo * DAY) / 1000);
    return place;
  };
  return {
    paths,
    runtime,
    store,
    put,
    prune: (changes: Partial<PruneRequest>) => pruneCache({ ...NOTHING, ...changes }, runtime),
  };
}

const there = (places: readonly string[]) => places.map((path) => existsSync(path));
const removed = ({ rooms }: Awaited<ReturnType<typeof pruneCache>>) =>
  rooms.map(({ name, files, bytes }) => [name, files, bytes]);

const ROWS: readonly { claim: string; request: Partial<PruneRequest>; stay: readonly boolean[] }[] = [
  { claim: 'without a wish, what is within bounds stays', request: {}, stay: [true, true, true] },
  { claim: 'what was not used for so long goes', request: { olderThanMs: 30 * DAY }, stay: [false, true, true] },
  {
    claim: 'what is too much goes, what was used longest ago first',
    request: { maxBytes: 250 },
    stay: [false, true, true],
  },
  { claim: 'both bounds hold at once', request: { olderThanMs: 30 * DAY, maxBytes: 100 }, stay: [false, false, true] },
  { claim: 'nothing may stay', request: { maxBytes: 0 }, stay: [false, false, false] },
  { claim: 'all is all', request: { all: true }, stay: [false, false, false] },
  {
    claim: 'who names releases alone leaves the cache as it is',
    request: { releases: true, olderThanMs: 1 },
    stay: [true, true, true],
  },
];

for (const { claim, request, stay } of ROWS) {
  test(`of downloads ${claim}, and a dry run says the same and does nothing`, async (t) => {
    const { paths, put, prune } = machine(t);
    const places = [put('a'.repeat(100), 40), put('b'.repeat(101), 20), put('c'.repeat(99), 1)];
    const before = contentsOf(paths.cache);
    const plan = await prune({ ...request, dryRun: true });
    assert.deepEqual(contentsOf(paths.cache), before);
    const receipt = await prune(request);
    assert.deepEqual(there(places), stay);
    const neither = { dry_run: undefined, success: undefined };
    assert.deepEqual({ ...plan, ...neither }, { ...receipt, ...neither });
    const gone = stay.filter((stays) => !stays).length;
    assert.equal(receipt.rooms.find(({ name }) => name === 'downloads')?.files ?? 0, gone);
    assert.equal(readdirSync(join(paths.cache, 'contents')).length, 3 - gone, 'notes go with what they are about');
  });
}

test('what is used between the choice and its removal stays', (t) => {
  const { put, runtime, paths } = machine(t);
  const place = put('a', 40);
  const cache = new DownloadCache(join(paths.cache, 'downloads'), 1000, assert.fail);
  const [archive] = cache.superfluous({ usedBefore: runtime.clock.now(), maxBytes: 1000 });
  cache.touch(archive!);
  assert.equal(cache.removeUnused(archive!), false);
  assert.ok(existsSync(place));
});

test("a room that attune does not know is counted and never touched, and neither is another process's unfinished copy", async (t) => {
  const { paths, prune, put, runtime } = machine(t);
  put('a', 1);
  writeFiles(paths.cache, {
    'holiday.jpg': 'mine',
    'pictures/one.jpg': 'mine too',
    'downloads/sha256/x.123abc.tmp': 'on its way',
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

test('a cache of indexes that a process has open stays, and goes once it is closed', async (t) => {
  const { paths, prune } = machine(t);
  mkdirSync(paths.cache);
  const path = join(paths.cache, 'indexes.db');
  const open = openCacheDatabase(path, assert.fail);
  t.after(() => open.close());
  const busy = await prune({ all: true });
  assert.deepEqual([busy.in_use, busy.rooms], [['the cache of indexes'], []]);
  assert.ok(existsSync(path));
  open.close();
  const done = await prune({ all: true });
  assert.deepEqual([done.in_use, done.rooms.map(({ name }) => name), existsSync(path)], [[], ['indexes'], false]);
  using again = new IndexCaches(path, assert.fail);
  assert.ok(again.kept, 'it is made anew when it is wanted');
});

test('of kept releases those go that neither a pack nor a rollback needs, and none of a pinned pack', async (t) => {
  const { paths, prune, store } = machine(t);
  for (const version of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) {
    await install(store, 'core', version);
    await install(store, 'held', version);
  }
  await store.write((writer) => writer.pin(['held'], true));
  await store.write((writer) => writer.rollback(store.kept('core').find(({ version }) => version === '1.0.0')!));
  const kept = () => store.kept('core').map(({ version }) => version);
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
  assert.equal(store.kept('held').length, 4);
  assert.deepEqual(
    readdirSync(join(paths.data, 'releases/core')).map((name) => name.split('-')[0]),
    ['1.0.0', '4.0.0'],
  );
  assert.deepEqual((await prune({ releases: true })).releases, []);
});

test('an age spares releases that are younger', async (t) => {
  const { prune, store } = machine(t, { keepReleases: 1 });
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  assert.deepEqual((await prune({ releases: true, olderThanMs: DAY })).releases, []);
  assert.equal((await prune({ releases: true })).releases.length, 1);
});

test('a store that is not there is not made for that', async (t) => {
  const { paths, prune, runtime } = machine(t);
  assert.deepEqual((await prune({ all: true, releases: true, envs: true })).bytes, 0);
  assert.equal((await cacheInfo(runtime)).bytes, 0);
  assert.equal(existsSync(paths.data), false);
});
