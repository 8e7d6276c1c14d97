import type { IndexedPack } from '../index/format.ts';
import { CacheFailure, CacheNotWritable, toCacheFailure } from './errors.ts';
import { dropSources, type EntryProvider, replaceEntries } from './import.ts';
import {
  type CachedHit,
  type CachedIndex,
  type CachedInvalidEntry,
  cachedHit,
  cachedIndex,
  type HitRow,
  type IndexIdentity,
  type IndexStamp,
  parsePack,
  type SourceRow,
} from './rows.ts';
import type { CacheStatements } from './statements.ts';
import type { CacheStorage, Change } from './storage.ts';

/** Longer than another process takes to import the largest index. */
const IMPORT_WAIT_MS = 30_000;
/** An unchanged index that is not confirmed is requested again the next time, which costs less than waiting. */
const CONFIRM_WAIT_MS = 1000;

/** FTS5 sorts by row number and rank only. */
const RANKED = 'SELECT rowid AS id, rank AS score FROM words WHERE words MATCH ? ORDER BY rank';
/** Ranks are negative, so an unranked hit comes after every ranked one. */
const UNRANKED = 'SELECT rowid AS id, 0.0 AS score FROM words WHERE words MATCH ?';
/** Ranking a hit takes some microseconds for each search term. */
const MAX_RANKED = 1500;

const HIT = 'source_id, ref, version, label, description, runtimes';

/**
 * Cached indexes with one row for each entry, so that a lookup reads a single entry. Readers never wait for an import, and
 * see an index either before or after it.
 *
 * Every method throws CacheFailure if SQLite fails to read.
 */
export class IndexCache implements Disposable {
  readonly #storage: CacheStorage;
  /** The IDs of the indexes that were found, by key. */
  readonly #found = new Map<string, number>();

  constructor(storage: CacheStorage) {
    this.#storage = storage;
  }

  get #statements(): CacheStatements {
    return this.#storage.current;
  }

  find({ key }: Pick<IndexIdentity, 'key'>): CachedIndex | undefined {
    const row = this.#statements.get<SourceRow>('SELECT * FROM source WHERE key = ?', key);
    if (row) this.#found.set(key, row.id);
    return row && cachedIndex(row);
  }

  /** Records that the content is unchanged, if the cache can be written to soon. */
  async confirm(
    { key }: IndexIdentity,
    known: CachedIndex,
    { etag, lastModified, stamp, fetchedAt }: Omit<IndexStamp, 'digest'>,
  ): Promise<void> {
    const isSame = etag === known.etag && lastModified === known.lastModified && stamp === known.stamp;
    const row = [key, known.digest];
    try {
      using _lock = await this.#storage.lock(CONFIRM_WAIT_MS);
      if (isSame) {
        this.#storage.update('UPDATE source SET fetched_at = ? WHERE key = ? AND digest = ?', fetchedAt, ...row);
        return;
      }
      const sql = `UPDATE source SET etag = ?, last_modified = ?, stamp = ?, fetched_at = ? WHERE key = ? AND digest = ?`;
      const values = [etag ?? null, lastModified ?? null, stamp ?? null, fetchedAt, ...row];
      this.#rewrite({
        isNeeded: (current) => digestOf(current, key) === known.digest,
        apply: (database) => database.prepare(sql).run(...values),
      });
    } catch (error) {
      if (!(error instanceof CacheNotWritable)) throw error;
    }
  }

  /**
   * Replaces the cached content of an index atomically. Unchanged entries are not written.
   * @param write receives a function that adds an entry; if it throws, nothing is changed
   * @throws CacheNotWritable
   */
  async replace(identity: IndexIdentity, stamp: IndexStamp, write: EntryProvider): Promise<CachedIndex> {
    using _lock = await this.#storage.lock(IMPORT_WAIT_MS);
    this.#rewrite({
      isNeeded: (current) => digestOf(current, identity.key) !== stamp.digest,
      apply: (database) => replaceEntries(database, identity, stamp, [...this.#found.keys()], write),
    });
    const index = this.find(identity);
    if (index === undefined) throw new CacheFailure(new Error('an imported index was removed'));
    return index;
  }

  entry({ id }: CachedIndex, ref: string): IndexedPack | undefined {
    const sql = 'SELECT document FROM entry WHERE source_id = ? AND ref = ?';
    const row = this.#statements.get<{ document: string }>(sql, id, ref);
    return row && parsePack(row.document);
  }

  /** Checks whether an index has a pack, even if its entry is invalid. */
  has(index: CachedIndex, ref: string): boolean {
    const sql = 'SELECT 1 FROM entry WHERE source_id = ? AND ref = ?';
    return this.#statements.get(sql, index.id, ref) !== undefined || this.invalidReason(index, ref) !== undefined;
  }

  /** Returns why the entry of a pack is left out; `undefined` if it is valid or there is none. */
  invalidReason({ id, invalid }: CachedIndex, ref: string): string | undefined {
    if (invalid === 0) return undefined;
    const sql = 'SELECT reason FROM invalid_entry WHERE source_id = ? AND ref = ?';
    return this.#statements.get<{ reason: string }>(sql, id, ref)?.reason;
  }

  /** Returns the first of the entries that are left out, in file order. */
  invalidEntries({ id }: CachedIndex, limit: number): CachedInvalidEntry[] {
    const sql = 'SELECT position, ref, reason FROM invalid_entry WHERE source_id = ? ORDER BY position LIMIT ?';
    return this.#statements.all<CachedInvalidEntry>(sql, id, limit);
  }

  /** Returns the refs whose length differs from `length` by at most `tolerance`. */
  refs({ id }: CachedIndex, length: number, tolerance: number): string[] {
    const sql = 'SELECT ref FROM entry WHERE source_id = ? AND length(ref) BETWEEN ? AND ? ORDER BY ref';
    return this.#statements.all<{ ref: string }>(sql, id, length - tolerance, length + tolerance).map(({ ref }) => ref);
  }

  hit({ id }: CachedIndex, ref: string): CachedHit | undefined {
    const row = this.#statements.get<HitRow>(`SELECT ${HIT} FROM entry WHERE source_id = ? AND ref = ?`, id, ref);
    return row && cachedHit(row, Number.NEGATIVE_INFINITY);
  }

  /** Lists the entries of an index in the order of their refs. */
  *list({ id }: CachedIndex): Generator<CachedHit> {
    const { database } = this.#statements;
    try {
      const rows = database.prepare(`SELECT ${HIT} FROM entry WHERE source_id = ? ORDER BY ref`).iterate(id);
      for (const row of rows as Iterable<HitRow>) yield cachedHit(row, 0);
    } catch (error) {
      throw toCacheFailure(error);
    }
  }

  /**
   * Searches all cached indexes, best match first. An entry is read only when the iteration reaches it, because a common
   * term may occur in all of them. Such results are not ranked; those that match in the ref, label or keywords come
   * first. A hit may be returned twice.
   * @param query an FTS5 query of `searchQuery`
   */
  *search(query: string): Generator<CachedHit> {
    if (!this.#isCommon(query)) {
      yield* this.#hits(RANKED, query);
      return;
    }
    const significant = `{ref label keywords} : (${query})`;
    yield* this.#hits(this.#isCommon(significant) ? UNRANKED : RANKED, significant);
    yield* this.#hits(UNRANKED, query);
  }

  #isCommon(query: string): boolean {
    const sql = 'SELECT count(*) AS amount FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)';
    const max = Math.floor(MAX_RANKED / query.split(' AND ').length);
    const counted = this.#statements.get<{ amount: number }>(sql, query, max + 1);
    return (counted?.amount ?? 0) > max;
  }

  *#hits(sql: string, query: string): Generator<CachedHit> {
    const { database } = this.#statements;
    try {
      // Not a shared prepared statement: that cannot be restarted while it is being iterated.
      const rows = database.prepare(sql).iterate(query) as Iterable<{ id: number; score: number }>;
      const read = this.#statements.prepare(`SELECT ${HIT} FROM entry WHERE id = ?`);
      for (const { id, score } of rows) {
        const row = read.get(id) as HitRow | undefined;
        if (row) yield cachedHit(row, score);
      }
    } catch (error) {
      throw toCacheFailure(error);
    }
  }

  /** Deletes all cached indexes of a configured URL. @throws CacheNotWritable */
  async forget(url: string): Promise<void> {
    if (!hasUrl(this.#statements, url)) return;
    using _lock = await this.#storage.lock(IMPORT_WAIT_MS);
    for (const { key } of this.#statements.all<{ key: string }>('SELECT key FROM source WHERE url = ?', url)) {
      this.#found.delete(key);
    }
    this.#rewrite({
      isNeeded: (current) => hasUrl(current, url),
      apply: (database) => dropSources(database, 'url = ?', url),
    });
  }

  [Symbol.dispose](): void {
    this.#storage[Symbol.dispose]();
  }

  /** @throws CacheFailure if another process has removed an index that was found, or recreated it with another ID */
  #rewrite(change: Change): void {
    this.#storage.rewrite(change);
    for (const [key, id] of this.#found) {
      if (this.find({ key })?.id !== id) throw new CacheFailure(new Error('another process has recreated it'));
    }
  }
}

function digestOf(current: CacheStatements, key: string): string | undefined {
  return current.get<{ digest: string }>('SELECT digest FROM source WHERE key = ?', key)?.digest;
}

function hasUrl(current: CacheStatements, url: string): boolean {
  return current.get('SELECT 1 FROM source WHERE url = ?', url) !== undefined;
}
