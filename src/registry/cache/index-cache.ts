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
  indexedPack,
  type SourceRow,
} from './rows.ts';
import { type CacheFailure, CacheStatements, guarded, toCacheFailure } from './statements.ts';

/** FTS5 sorts by number and rank alone. */
const RANKED = 'SELECT rowid AS id, rank AS score FROM words WHERE words MATCH ? ORDER BY rank';
/** Ranks are below 0. */
const UNRANKED = 'SELECT rowid AS id, 0.0 AS score FROM words WHERE words MATCH ?';
/** Ranking one takes some microseconds for each word. */
const MOST_RANKED = 1500;

const HIT = 'source_id, ref, version, label, description, runtimes';

/**
 * Indexes that were read before, each entry by itself: looking one up reads that one and no other. Readers are never kept
 * waiting, and see an index either as it was or as it is.
 *
 * Every method throws CacheFailure where SQLite fails.
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

  /** Notes that the content is still the same. */
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
   * Puts an index in the place of what is known under its key, in one step. Entries that are the same stay as they are.
   * @param write is given what takes the entries; where it throws, everything is as it was
   */
  replace(identity: IndexIdentity, stamp: IndexStamp, write: (add: EntryWriter) => void): CachedIndex {
    return guarded(() => {
      replaceEntries(this.#database, identity, stamp, write);
      return this.find(identity) as CachedIndex;
    });
  }

  entry({ id }: CachedIndex, ref: string): IndexedPack | undefined {
    const sql = 'SELECT document FROM entry WHERE source_id = ? AND ref = ?';
    const row = this.#statements.get<{ document: string }>(sql, id, ref);
    return row && indexedPack(row.document);
  }

  has({ id }: CachedIndex, ref: string): boolean {
    return this.#statements.get('SELECT 1 FROM entry WHERE source_id = ? AND ref = ?', id, ref) !== undefined;
  }

  /** The refs of about this length, give or take. */
  refs({ id }: CachedIndex, length: number, give: number): string[] {
    const sql = 'SELECT ref FROM entry WHERE source_id = ? AND length(ref) BETWEEN ? AND ? ORDER BY ref';
    return guarded(() => {
      const rows = this.#statements.prepare(sql).all(id, length - give, length + give) as { ref: string }[];
      return rows.map(({ ref }) => ref);
    });
  }

  hit({ id }: CachedIndex, ref: string): CachedHit | undefined {
    const row = this.#statements.get<HitRow>(`SELECT ${HIT} FROM entry WHERE source_id = ? AND ref = ?`, id, ref);
    return row && cachedHit(row, Number.NEGATIVE_INFINITY);
  }

  /**
   * What a search finds in any index of the cache, the best first. An entry is only read when its turn comes, for a common
   * word may be in every one of them; then there is no use in ranking them all, and those come first that have it where it
   * says most. A hit may come twice.
   * @param query as `searchQuery` makes it
   */
  *search(query: string): Generator<CachedHit> {
    if (!this.#isCommon(query)) {
      yield* this.#hits(RANKED, query);
      return;
    }
    const telling = `{ref label keywords} : (${query})`;
    yield* this.#hits(this.#isCommon(telling) ? UNRANKED : RANKED, telling);
    yield* this.#hits(UNRANKED, query);
  }

  #isCommon(query: string): boolean {
    const sql = 'SELECT count(*) AS amount FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)';
    const most = Math.floor(MOST_RANKED / query.split(' AND ').length);
    const counted = this.#statements.get<{ amount: number }>(sql, query, most + 1);
    return (counted?.amount ?? 0) > most;
  }

  *#hits(sql: string, query: string): Generator<CachedHit> {
    try {
      // A statement of its own: a prepared one cannot be begun again while it is gone through.
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

  /** Drops what is known of a configured URL, whatever it led to. */
  forget(url: string): void {
    guarded(() => this.#database.transaction(() => dropSources(this.#database, 'url = ?', url)).immediate());
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The cache on the disk, and one in memory for what must not be written down; each is opened when it is first wanted. */
export class IndexCaches implements Disposable {
  readonly #path: string;
  readonly #note: (text: string) => void;
  #kept: IndexCache | undefined;
  #fleeting: IndexCache | undefined;

  /** @param note is told when the cache cannot be used */
  constructor(path: string, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
  }

  get kept(): IndexCache {
    this.#kept ??= new IndexCache(openCacheDatabase(this.#path, this.#note));
    return this.#kept;
  }

  get fleeting(): IndexCache {
    this.#fleeting ??= new IndexCache(openMemoryDatabase());
    return this.#fleeting;
  }

  /** Does without the disk from now on; a file that is damaged is thrown away, for the next command. */
  abandon(fault: CacheFailure): void {
    const kept = this.#kept;
    this.#kept = this.fleeting;
    if (kept === undefined || kept === this.#fleeting) return;
    kept[Symbol.dispose]();
    this.#note(`The cache of indexes cannot be used, so indexes are read anew: ${fault.message.replace(/\.$/, '')}.`);
    if (!isCorruption(fault.cause)) return;
    try {
      discardCacheDatabase(this.#path);
    } catch (error) {
      this.#note(`It could not be removed. ${reasonOf(error)}`);
    }
  }

  [Symbol.dispose](): void {
    const open = new Set([this.#kept, this.#fleeting]);
    for (const cache of open) cache?.[Symbol.dispose]();
  }
}
