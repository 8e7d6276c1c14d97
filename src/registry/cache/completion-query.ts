import rcompare from 'semver/functions/rcompare.js';
import { exists } from '../../platform/files/inspect.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import type { IndexedPack } from '../index/format.ts';
import { type Connection, isDatabaseError } from './database.ts';
import type { IndexIdentity } from './rows.ts';

/** A pack as it is offered to who types its ref. */
export interface CompletionPack {
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
}

/** Somebody waits for the next letter: nobody reads more than this, and no writer is waited for. */
const MOST = 1000;
const BUSY_MS = 50;

const OFFERED = `
  SELECT ref, entry.version, label, description FROM entry JOIN source ON source.id = source_id
  WHERE key = ? AND ref >= ? AND ref < ? ORDER BY ref`;
const DOCUMENT =
  'SELECT document FROM entry JOIN source ON source.id = source_id WHERE source.key = ? AND entry.ref = ?';

/**
 * The indexes in the cache for completing words: what is there is read as it is, and never made, mended or confirmed.
 * Where SQLite fails nothing is there. A file of another layout has other tables or columns, which is a fault like any
 * other.
 */
export class CompletionQuery implements Disposable {
  readonly #database: Connection;

  private constructor(database: Connection) {
    this.#database = database;
  }

  /** @returns `undefined` where there is no cache that could be read */
  static open(path: string): CompletionQuery | undefined {
    if (!exists(path)) return undefined;
    return orElse(undefined, () => {
      // SQLite makes a log even to read. Who may write takes it away again, and finds none of another's to work off where
      // there was none; who may not leaves what it makes, and makes nothing where there is one.
      const readonly = exists(`${path}-wal`);
      const database = openSqlite(path, { fileMustExist: true, readonly, timeout: BUSY_MS });
      database.pragma('query_only = ON');
      return new CompletionQuery(database);
    });
  }

  /**
   * The packs of an index whose refs begin with a text, by ref. Where there are too many of them the last one is still
   * among them, so that what all of them begin with is told right.
   */
  packs({ key }: Pick<IndexIdentity, 'key'>, start: string): CompletionPack[] {
    const range = [key, start, `${start}\u{10ffff}`];
    return orElse([], () => {
      const first = this.#all<CompletionPack>(`${OFFERED} LIMIT ${MOST}`, range);
      return first.length < MOST ? first : [...first, ...this.#all<CompletionPack>(`${OFFERED} DESC LIMIT 1`, range)];
    });
  }

  /** The versions of a pack that may be chosen, the highest first; none where the index does not have it. */
  versions({ key }: Pick<IndexIdentity, 'key'>, ref: string): string[] {
    return orElse([], () => this.#all<{ document: string }>(DOCUMENT, [key, ref]))
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

function orElse<T>(nothing: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isDatabaseError(error)) return nothing;
    throw error;
  }
}
