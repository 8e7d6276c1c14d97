import rcompare from 'semver/functions/rcompare.js';
import type { IndexedPack } from '../index/format.ts';
import { type Connection, isDatabaseError, openForReading, UnusableDatabase } from './database.ts';
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
 * error of SQLite or an unusable file yields no candidates.
 */
export class CompletionQuery implements Disposable {
  readonly #database: Connection;

  private constructor(database: Connection) {
    this.#database = database;
  }

  /** @returns `undefined` if there is no readable cache */
  static open(path: string): CompletionQuery | undefined {
    const database = withFallback(undefined, () => openForReading(path, BUSY_MS));
    return database && new CompletionQuery(database);
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
    if (isDatabaseError(error) || error instanceof UnusableDatabase) return fallback;
    throw error;
  }
}
