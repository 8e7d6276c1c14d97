import rcompare from 'semver/functions/rcompare.js';
import { exists } from '../../platform/files/inspect.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import type { IndexedPack } from '../index/format.ts';
import { type Connection, isDatabaseError } from './database.ts';
import type { IndexIdentity } from './rows.ts';

/** A pack as a completion candidate. */
export interface CompletionPack {
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
}

/** Completion has to be fast: more candidates than this are useless, and waiting for a writer takes too long. */
const MAX_CANDIDATES = 1000;
const BUSY_MS = 50;

const PACKS = `
  SELECT ref, entry.version, label, description FROM entry JOIN source ON source.id = source_id
  WHERE key = ? AND ref >= ? AND ref < ? ORDER BY ref`;
const DOCUMENT =
  'SELECT document FROM entry JOIN source ON source.id = source_id WHERE source.key = ? AND entry.ref = ?';

/**
 * Read-only access to the cached indexes for shell completion. The cache is never created, repaired or refreshed, and an
 * error of SQLite yields no candidates. So does a file with another schema, whose tables or columns are missing.
 */
export class CompletionQuery implements Disposable {
  readonly #database: Connection;

  private constructor(database: Connection) {
    this.#database = database;
  }

  /** @returns `undefined` if there is no readable cache */
  static open(path: string): CompletionQuery | undefined {
    if (!exists(path)) return undefined;
    return withFallback(undefined, () => {
      // SQLite creates a WAL file even for reading. A connection that may write removes it again on close, and finds no
      // other process's WAL to replay if there was none. A read-only one leaves what it creates, and creates nothing if
      // a WAL exists.
      const readonly = exists(`${path}-wal`);
      const database = openSqlite(path, { fileMustExist: true, readonly, timeout: BUSY_MS });
      database.pragma('query_only = ON');
      return new CompletionQuery(database);
    });
  }

  /**
   * Returns the packs of an index whose refs begin with a prefix, sorted by ref. If there are too many, the last one is
   * still included, so that the common prefix of all of them is correct.
   */
  packs({ key }: Pick<IndexIdentity, 'key'>, prefix: string): CompletionPack[] {
    const range = [key, prefix, `${prefix}\u{10ffff}`];
    return withFallback([], () => {
      const first = this.#all<CompletionPack>(`${PACKS} LIMIT ${MAX_CANDIDATES}`, range);
      if (first.length < MAX_CANDIDATES) return first;
      return [...first, ...this.#all<CompletionPack>(`${PACKS} DESC LIMIT 1`, range)];
    });
  }

  /** Returns the versions of a pack that are not yanked, highest first; empty if the index does not have the pack. */
  versions({ key }: Pick<IndexIdentity, 'key'>, ref: string): string[] {
    return withFallback([], () => this.#all<{ document: string }>(DOCUMENT, [key, ref]))
      .flatMap(({ document }) => {
        const { releases, ...current } = JSON.parse(document) as IndexedPack;
        return [current, ...releases];
      })
      .flatMap(({ version, yanked }) => (yanked === undefined ? version : []))
      .sort(rcompare);
  }

  #all<Row>(sql: string, values: readonly string[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function withFallback<T>(fallback: T, query: () => T): T {
  try {
    return query();
  } catch (error) {
    if (isDatabaseError(error)) return fallback;
    throw error;
  }
}
