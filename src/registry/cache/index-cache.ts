import { reasonOf } from '../../errors.ts';
import type { IndexedPack } from '../index/format.ts';
import {
  type Connection,
  discardCacheDatabase,
  isCorruption,
  openCacheDatabase,
  openMemoryDatabase,
} from './database.ts';
import { dropSources, type EntryWriter, replaceEntries } from './import.ts';
import {
  type CachedHit,
  type CachedIndex,
  cachedHit,
  cachedIndex,
  type HitRow,
  type IndexIdentity,
  type IndexStamp,
  parsePack,
  type SourceRow,
} from './rows.ts';
import { type CacheFailure, CacheStatements, toCacheFailure, wrapFailures } from './statements.ts';

/** FTS5 sorts by row number and rank only. */
const RANKED = 'SELECT rowid AS id, rank AS score FROM words WHERE words MATCH ? ORDER BY rank';
/** Ranks are negative, so an unranked hit comes after every ranked one. */
const UNRANKED = 'SELECT rowid AS id, 0.0 AS score FROM words WHERE words MATCH ?';
/** Ranking a hit takes some microseconds for each search term. */
const MAX_RANKED = 1500;

const HIT = 'source_id, ref, version, label, description, runtimes';

/**
 * Cached indexes with one row for each entry, so that a lookup reads a single entry. Readers never wait for a writer, and
 * see an index either before or after a replacement.
 *
 * Every method throws CacheFailure if SQLite fails.
 */
export class IndexCache implements Disposable {
  readonly #database: Connection;
  readonly #statements: CacheStatements;

  constructor(database: Connection) {
    this.#database = database;
    this.#statements = new CacheStatements(database);
  }

  find({ key }: IndexIdentity): CachedIndex | undefined {
    const row = this.#statements.get<SourceRow>('SELECT * FROM source WHERE key = ?', key);
    return row && cachedIndex(row);
  }

  /** Records that the content is unchanged. */
  confirm({ id }: CachedIndex, { etag, lastModified, stamp, fetchedAt }: Omit<IndexStamp, 'digest'>): void {
    this.#statements.run(
      'UPDATE source SET etag = ?, last_modified = ?, stamp = ?, fetched_at = ? WHERE id = ?',
      etag ?? null,
      lastModified ?? null,
      stamp ?? null,
      fetchedAt,
      id,
    );
  }

  /**
   * Replaces the cached content of an index atomically. Unchanged entries are not written.
   * @param write receives a function that adds an entry; if it throws, nothing is changed
   */
  replace(identity: IndexIdentity, stamp: IndexStamp, write: (add: EntryWriter) => void): CachedIndex {
    return wrapFailures(() => {
      replaceEntries(this.#database, identity, stamp, write);
      return this.find(identity) as CachedIndex;
    });
  }

  entry({ id }: CachedIndex, ref: string): IndexedPack | undefined {
    const sql = 'SELECT document FROM entry WHERE source_id = ? AND ref = ?';
    const row = this.#statements.get<{ document: string }>(sql, id, ref);
    return row && parsePack(row.document);
  }

  has({ id }: CachedIndex, ref: string): boolean {
    return this.#statements.get('SELECT 1 FROM entry WHERE source_id = ? AND ref = ?', id, ref) !== undefined;
  }

  /** Returns the refs whose length differs from `length` by at most `tolerance`. */
  refs({ id }: CachedIndex, length: number, tolerance: number): string[] {
    const sql = 'SELECT ref FROM entry WHERE source_id = ? AND length(ref) BETWEEN ? AND ? ORDER BY ref';
    return wrapFailures(() => {
      const rows = this.#statements.prepare(sql).all(id, length - tolerance, length + tolerance) as { ref: string }[];
      return rows.map(({ ref }) => ref);
    });
  }

  hit({ id }: CachedIndex, ref: string): CachedHit | undefined {
    const row = this.#statements.get<HitRow>(`SELECT ${HIT} FROM entry WHERE source_id = ? AND ref = ?`, id, ref);
    return row && cachedHit(row, Number.NEGATIVE_INFINITY);
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
    try {
      // Not a shared prepared statement: that cannot be restarted while it is being iterated.
      const rows = this.#database.prepare(sql).iterate(query) as Iterable<{ id: number; score: number }>;
      const read = this.#statements.prepare(`SELECT ${HIT} FROM entry WHERE id = ?`);
      for (const { id, score } of rows) {
        const row = read.get(id) as HitRow | undefined;
        if (row) yield cachedHit(row, score);
      }
    } catch (error) {
      throw toCacheFailure(error);
    }
  }

  /** Deletes all cached indexes of a configured URL. */
  forget(url: string): void {
    wrapFailures(() => this.#database.transaction(() => dropSources(this.#database, 'url = ?', url)).immediate());
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The cache on disk, and an in-memory one for indexes that must not be written to disk; both are opened on demand. */
export class IndexCaches implements Disposable {
  readonly #path: string;
  readonly #note: (text: string) => void;
  #persistent: IndexCache | undefined;
  #inMemory: IndexCache | undefined;

  /** @param note is called with a message if the cache cannot be used */
  constructor(path: string, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
  }

  get persistent(): IndexCache {
    this.#persistent ??= new IndexCache(openCacheDatabase(this.#path, this.#note));
    return this.#persistent;
  }

  get inMemory(): IndexCache {
    this.#inMemory ??= new IndexCache(openMemoryDatabase());
    return this.#inMemory;
  }

  /** Uses the in-memory cache from now on. A damaged file is deleted, so that the next command recreates it. */
  fallBackToMemory(failure: CacheFailure): void {
    const persistent = this.#persistent;
    this.#persistent = this.inMemory;
    if (persistent === undefined || persistent === this.#inMemory) return;
    persistent[Symbol.dispose]();
    this.#note(`The index cache cannot be used, so the indexes are read again: ${failure.message.replace(/\.$/, '')}.`);
    if (!isCorruption(failure.cause)) return;
    try {
      discardCacheDatabase(this.#path);
    } catch (error) {
      this.#note(`The index cache could not be removed. ${reasonOf(error)}`);
    }
  }

  [Symbol.dispose](): void {
    const open = new Set([this.#persistent, this.#inMemory]);
    for (const cache of open) cache?.[Symbol.dispose]();
  }
}
