import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { CacheFailure, CacheNotWritable } from '../../../src/registry/cache/errors.ts';
import type { IndexCache } from '../../../src/registry/cache/index-cache.ts';
import { IndexCaches } from '../../../src/registry/cache/index-caches.ts';
import { lockCache, tryLockCache } from '../../../src/registry/cache/lock.ts';
import type { IndexIdentity, IndexStamp } from '../../../src/registry/cache/rows.ts';
import { forEachValidEntry } from '../../../src/registry/index/read-index.ts';
import { contentsOf } from '../../support/cli.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');

function identityOf(key: string): IndexIdentity {
  return { key, url: `https://${key}.example/index.json` };
}

function stampOf(digest: string, changes: Partial<IndexStamp> = {}): IndexStamp {
  return { digest, etag: undefined, lastModified: undefined, stamp: undefined, fetchedAt: NOW, ...changes };
}

/** Imports an index whose packs all have one version, which is its digest as well. */
function importIndex(cache: IndexCache, key: string, version: string, refs = ['a'], changes: Partial<IndexStamp> = {}) {
  const index = indexOf(...refs.map((ref) => entryOf(ref, { version })));
  const bytes = Buffer.from(JSON.stringify(index));
  return cache.replace(identityOf(key), stampOf(version, changes), (add) =>
    forEachValidEntry(bytes, 'index.json', DEFAULT_LIMITS, silentReporter, { remote: false }, add),
  );
}

function versionOf(cache: IndexCache, key: string, ref = 'a'): string | undefined {
  const index = cache.find(identityOf(key));
  return index && cache.entry(index, ref)?.version;
}

/** A cache on disk that several commands use. */
class Harness {
  readonly root: string;
  readonly notes: string[] = [];
  readonly #test: TestContext;

  constructor(t: TestContext) {
    this.#test = t;
    this.root = temporaryDirectory(t);
  }

  get path(): string {
    return join(this.root, 'cache', 'indexes.db');
  }

  caches(): IndexCaches {
    const caches = new IndexCaches(this.path, (text) => this.notes.push(text));
    this.#test.after(() => caches[Symbol.dispose]());
    return caches;
  }

  /** Opens the cache as another command does. */
  open(): IndexCache {
    return this.caches().persistent;
  }

  files(): string[] {
    return readdirSync(dirname(this.path)).toSorted();
  }
}

test('cache storage: reading creates no file, neither with nor without a cache', async (t) => {
  const harness = new Harness(t);
  assert.equal(harness.open().find(identityOf('one')), undefined);
  assert.equal(existsSync(dirname(harness.path)), false);
  await importIndex(harness.open(), 'one', '1.0.0');
  rmSync(join(dirname(harness.path), 'locks'), { recursive: true });
  const before = contentsOf(harness.root);
  const reader = harness.open();
  assert.equal(versionOf(reader, 'one'), '1.0.0');
  assert.equal([...reader.search('"label"')].length, 1);
  assert.deepEqual(contentsOf(harness.root), before);
  assert.deepEqual(harness.files(), ['indexes.db']);
  assert.deepEqual(harness.notes, []);
});

test('cache storage: a reader keeps the index that it opened, and the next reader has the imported one', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0', ['a', 'b']);
  const reader = harness.open();
  const before = reader.find(identityOf('one'))!;
  await importIndex(harness.open(), 'one', '2.0.0', ['a', 'c']);
  const versions = (cache: IndexCache) => ['a', 'b', 'c'].map((ref) => versionOf(cache, 'one', ref));
  assert.deepEqual(versions(reader), ['1.0.0', '1.0.0', undefined]);
  assert.equal(before.packs, 2);
  assert.deepEqual(versions(harness.open()), ['2.0.0', undefined, '2.0.0']);
  assert.deepEqual(harness.files(), ['indexes.db', 'locks']);
});

test('cache storage: content that another process has imported meanwhile is not imported again', async (t) => {
  const harness = new Harness(t);
  const waiting = harness.open();
  await importIndex(harness.open(), 'one', '1.0.0');
  const { ino } = statSync(harness.path);
  const index = await waiting.replace(identityOf('one'), stampOf('1.0.0'), () => assert.fail('it was imported again'));
  assert.equal(index.packs, 1);
  assert.equal(versionOf(waiting, 'one'), '1.0.0');
  assert.equal(statSync(harness.path).ino, ino);
});

test('cache storage: concurrent imports of several indexes in one command are all stored', async (t) => {
  const harness = new Harness(t);
  const cache = harness.open();
  const keys = ['one', 'two', 'three'];
  const imported = await Promise.all(keys.map((key, position) => importIndex(cache, key, `${position}.0.0`)));
  assert.deepEqual(
    imported.map((index) => cache.entry(index, 'a')?.version),
    ['0.0.0', '1.0.0', '2.0.0'],
  );
  assert.deepEqual(
    keys.map((key) => versionOf(harness.open(), key)),
    ['0.0.0', '1.0.0', '2.0.0'],
  );
});

test('cache storage: an import waits for another process without blocking', async (t) => {
  const harness = new Harness(t);
  const lock = tryLockCache(harness.path)!;
  let isImported = false;
  const importing = importIndex(harness.open(), 'one', '1.0.0').then(() => {
    isImported = true;
  });
  await sleep(200);
  assert.equal(isImported, false);
  lock[Symbol.dispose]();
  await importing;
  assert.equal(versionOf(harness.open(), 'one'), '1.0.0');
});

test('cache storage: concurrent imports of several commands are all stored', async (t) => {
  const harness = new Harness(t);
  const keys = ['one', 'two', 'three'];
  await Promise.all(keys.map((key) => importIndex(harness.open(), key, '1.0.0')));
  for (const key of keys) assert.equal(versionOf(harness.open(), key), '1.0.0', key);
});

test('cache storage: waiting for the lock ends after the timeout', async (t) => {
  const { path } = new Harness(t);
  using _lock = tryLockCache(path);
  await assert.rejects(lockCache(path, 50), CacheNotWritable);
});

test('cache storage: unchanged entries keep their rows', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0', ['a', 'b']);
  const idsOf = () => {
    const database = new Database(harness.path, { readonly: true });
    const rows = database.prepare('SELECT id FROM entry ORDER BY ref').pluck().all();
    database.close();
    return rows;
  };
  const before = idsOf();
  const bytes = Buffer.from(JSON.stringify(indexOf(...['a', 'b'].map((ref) => entryOf(ref)), entryOf('c'))));
  await harness
    .open()
    .replace(identityOf('one'), stampOf('new'), (add) =>
      forEachValidEntry(bytes, 'index.json', DEFAULT_LIMITS, silentReporter, { remote: false }, add),
    );
  assert.deepEqual(idsOf().slice(0, 2), before);
});

test('cache storage: a failed import leaves the cache unchanged and no temporary file', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const before = contentsOf(harness.root);
  const cache = harness.open();
  await assert.rejects(
    cache.replace(identityOf('one'), stampOf('2.0.0'), () => {
      throw new RangeError('invalid index');
    }),
    /invalid index/,
  );
  assert.deepEqual(contentsOf(harness.root), before);
  assert.equal(versionOf(cache, 'one'), '1.0.0');
});

test('cache storage: an import removes the temporary file of a killed process', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const host = (await import('../../../src/platform/files/temporary-sibling.ts')).ownerTag().split('-')[0];
  // No process has this ID: it is above the maximum of every system.
  writeFileSync(`${harness.path}.${host}-99999999-abc.tmp`, 'half of an import');
  await importIndex(harness.open(), 'one', '2.0.0');
  assert.deepEqual(harness.files(), ['indexes.db', 'locks']);
});

test('cache storage: a confirmation changes the file in place, and other validators replace it', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0', ['a'], { etag: '"x"' });
  const { ino } = statSync(harness.path);
  const cache = harness.open();
  const known = cache.find(identityOf('one'))!;
  await cache.confirm(identityOf('one'), known, { ...known, fetchedAt: NOW + 1000 });
  assert.equal(harness.open().find(identityOf('one'))?.fetchedAt, NOW + 1000);
  assert.equal(statSync(harness.path).ino, ino);
  assert.deepEqual(harness.files(), ['indexes.db', 'locks']);
  await cache.confirm(identityOf('one'), known, { ...known, etag: '"y"', fetchedAt: NOW + 2000 });
  const { etag, fetchedAt } = harness.open().find(identityOf('one'))!;
  assert.deepEqual([etag, fetchedAt], ['"y"', NOW + 2000]);
  assert.notEqual(statSync(harness.path).ino, ino);
});

test('cache storage: a confirmation of content that another process has replaced changes nothing', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const cache = harness.open();
  const known = cache.find(identityOf('one'))!;
  await importIndex(harness.open(), 'one', '2.0.0');
  for (const etag of [undefined, '"y"']) {
    await cache.confirm(identityOf('one'), known, { ...known, etag, fetchedAt: NOW + 5000 });
    const { digest, ...row } = harness.open().find(identityOf('one'))!;
    assert.deepEqual([digest, row.etag, row.fetchedAt], ['2.0.0', undefined, NOW]);
  }
});

test('cache storage: a confirmation is skipped while another process is importing', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const cache = harness.open();
  const known = cache.find(identityOf('one'))!;
  using _lock = tryLockCache(harness.path);
  await cache.confirm(identityOf('one'), known, { ...known, fetchedAt: NOW + 1000 });
  assert.equal(harness.open().find(identityOf('one'))?.fetchedAt, NOW);
  assert.deepEqual(harness.notes, []);
});

test('cache storage: an index in use is kept by an import, regardless of its age', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'old', '1.0.0');
  const using = harness.open();
  assert.equal(versionOf(using, 'old'), '1.0.0');
  await importIndex(using, 'new', '2.0.0', ['a'], { fetchedAt: NOW + 40 * DAY });
  assert.equal(versionOf(using, 'old'), '1.0.0');
  await importIndex(harness.open(), 'new', '3.0.0', ['a'], { fetchedAt: NOW + 40 * DAY });
  assert.equal(versionOf(harness.open(), 'old'), undefined);
});

test('cache storage: an import fails if another process has recreated the cache without an index in use', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const cache = harness.open();
  assert.equal(versionOf(cache, 'one'), '1.0.0');
  rmSync(harness.path);
  await importIndex(harness.open(), 'other', '2.0.0');
  await assert.rejects(importIndex(cache, 'two', '3.0.0'), CacheFailure);
});

test('cache storage: forgetting an index that is not cached creates no file', async (t) => {
  const harness = new Harness(t);
  await harness.open().forget(identityOf('one').url);
  assert.equal(existsSync(dirname(harness.path)), false);
});

/** Turns the cache into one that an earlier attune left open. @returns its connection */
function leaveInWalMode(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.pragma('user_version = 1');
  return database;
}

test('cache storage: a database in WAL mode is not touched by a reader, and replaced without a note by an import', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const earlier = leaveInWalMode(harness.path);
  t.after(() => earlier.close());
  earlier.pragma('wal_checkpoint(PASSIVE)');
  const before = contentsOf(harness.root);
  assert.deepEqual(harness.files(), ['indexes.db', 'indexes.db-shm', 'indexes.db-wal', 'locks']);
  const reader = harness.open();
  assert.equal(versionOf(reader, 'one'), undefined);
  assert.deepEqual(contentsOf(harness.root), before);
  await importIndex(reader, 'one', '2.0.0');
  assert.deepEqual(harness.files(), ['indexes.db', 'locks']);
  assert.equal(versionOf(harness.open(), 'one'), '2.0.0');
  assert.deepEqual(harness.notes, []);
});

test('cache storage: an import recreates a database that is too damaged to be copied', async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  truncateSync(harness.path, 8192);
  const cache = harness.open();
  await importIndex(cache, 'two', '2.0.0');
  assert.equal(versionOf(cache, 'two'), '2.0.0');
  assert.match(
    harness.notes.join('\n'),
    /^The index cache '.*' could not be read \(.*malformed.*\) and was recreated\.$/,
  );
  assert.deepEqual(harness.files(), ['indexes.db', 'locks']);
});

test('cache storage: an empty file, as a killed process of an earlier attune left it, is replaced', async (t) => {
  const harness = new Harness(t);
  mkdirSync(dirname(harness.path));
  writeFileSync(harness.path, '');
  assert.equal(versionOf(harness.open(), 'one'), undefined);
  await importIndex(harness.open(), 'one', '1.0.0');
  assert.equal(versionOf(harness.open(), 'one'), '1.0.0');
  assert.deepEqual(harness.notes, []);
});

const IS_WINDOWS = process.platform === 'win32';

test('cache storage: a read-only cache is read, and cannot be changed', { skip: IS_WINDOWS }, async (t) => {
  const harness = new Harness(t);
  await importIndex(harness.open(), 'one', '1.0.0');
  const paths = ['', 'indexes.db', 'locks', 'locks/indexes.lock'].map((name) => join(dirname(harness.path), name));
  for (const path of paths) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
  chmodSync(harness.root, 0o755);
  const before = readFileSync(harness.path);
  try {
    const cache = unprivileged(() => harness.open());
    assert.equal(versionOf(cache, 'one'), '1.0.0');
    const known = cache.find(identityOf('one'))!;
    const importing = unprivileged(() => importIndex(cache, 'one', '2.0.0'));
    await assert.rejects(
      importing,
      (error) => error instanceof CacheNotWritable && /permission denied/.test(error.message),
    );
    await unprivileged(() => cache.confirm(identityOf('one'), known, { ...known, fetchedAt: NOW + 1000 }));
    assert.equal(versionOf(cache, 'one'), '1.0.0');
  } finally {
    for (const path of paths) chmodSync(path, 0o755);
  }
  assert.deepEqual(readFileSync(harness.path), before);
  assert.deepEqual(harness.notes, []);
});

test("cache storage: what root imports in a user's cache belongs to the user", {
  skip: process.geteuid?.() !== 0 && 'only root can create files of other users',
}, async (t) => {
  const harness = new Harness(t);
  mkdirSync(dirname(harness.path));
  chownSync(dirname(harness.path), 65534, 65534);
  await importIndex(harness.open(), 'one', '1.0.0');
  await importIndex(harness.open(), 'one', '2.0.0');
  for (const name of ['indexes.db', 'locks', 'locks/indexes.lock']) {
    assert.equal(statSync(join(dirname(harness.path), name)).uid, 65534, name);
  }
});
