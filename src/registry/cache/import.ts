import { createHash } from 'node:crypto';
import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import type { IndexEntry } from '../index/format.ts';
import type { Connection } from './database.ts';
import { documentOf, type IndexIdentity, type IndexStamp } from './rows.ts';

export type EntryWriter = (entry: IndexEntry) => void;

/** An index that nobody asked for this long is no longer configured. */
const FORGOTTEN_MS = 30 * 86_400_000;

/**
 * Puts an index in the place of what is known under its key, in one transaction: whoever reads meanwhile, in this process or
 * another, sees the one or the other. Most entries of an index are what they were the last time, and a row that says the
 * same is left alone, because indexing its words is what takes long.
 * @param write is given what takes the entries; where it throws, nothing has happened
 */
export function replaceEntries(
  database: Connection,
  { key, url }: IndexIdentity,
  stamp: IndexStamp,
  write: (add: EntryWriter) => void,
): void {
  const replace = database.transaction(() => {
    const known = database.prepare('SELECT id, digest FROM source WHERE key = ?').get(key) as KnownSource | undefined;
    const id = known?.id ?? addSource(database, { key, url }, stamp);
    // Another process may have been faster while this one waited for its turn.
    if (known?.digest !== stamp.digest) {
      const entries = new EntryRows(database, id);
      write((entry) => entries.put(entry));
      entries.removeOthers();
    }
    database
      .prepare(
        `UPDATE source SET digest = ?, etag = ?, last_modified = ?, stamp = ?, fetched_at = ?,
           packs = (SELECT count(*) FROM entry WHERE source_id = source.id) WHERE id = ?`,
      )
      .run(stamp.digest, stamp.etag ?? null, stamp.lastModified ?? null, stamp.stamp ?? null, stamp.fetchedAt, id);
    dropSources(database, `fetched_at < ${stamp.fetchedAt - FORGOTTEN_MS}`);
  });
  // An import writes much to the log; what a power cut may take of it is a matter of asking once more.
  database.pragma('synchronous = NORMAL');
  replace.immediate();
  database.pragma('wal_checkpoint(TRUNCATE)');
}

interface KnownSource {
  readonly id: number;
  readonly digest: string;
}

function addSource(database: Connection, { key, url }: IndexIdentity, { fetchedAt }: IndexStamp): number {
  const sql = "INSERT INTO source (key, url, digest, fetched_at, packs) VALUES (?, ?, '', ?, 0)";
  return Number(database.prepare(sql).run(key, url, fetchedAt).lastInsertRowid);
}

/** Drops indexes with all their entries. @param condition SQL about `source` */
export function dropSources(database: Connection, condition: string, ...values: unknown[]): void {
  const entries = `source_id IN (SELECT id FROM source WHERE ${condition})`;
  database.prepare(`DELETE FROM words WHERE rowid IN (SELECT id FROM entry WHERE ${entries})`).run(...values);
  database.prepare(`DELETE FROM entry WHERE ${entries}`).run(...values);
  database.prepare(`DELETE FROM source WHERE ${condition}`).run(...values);
}

interface KnownEntry {
  readonly id: number;
  readonly digest: Buffer;
}

/** The entries of one index while they are replaced. A ref that comes twice is there once, as it came last. */
class EntryRows {
  readonly #source: number;
  /** Those that were there before and did not come again so far. */
  readonly #left: Map<string, KnownEntry>;
  readonly #put;
  readonly #putWords;
  readonly #remove;
  readonly #removeWords;

  constructor(database: Connection, source: number) {
    this.#source = source;
    const rows = database.prepare('SELECT ref, id, digest FROM entry WHERE source_id = ?').iterate(source);
    this.#left = new Map();
    for (const { ref, ...row } of rows as Iterable<KnownEntry & { ref: string }>) this.#left.set(ref, row);
    this.#put = database.prepare(
      `INSERT INTO entry (source_id, ref, version, label, description, runtimes, document, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source_id, ref) DO UPDATE SET version = excluded.version, label = excluded.label,
         description = excluded.description, runtimes = excluded.runtimes, document = excluded.document,
         digest = excluded.digest RETURNING id`,
    );
    this.#putWords = database.prepare(
      'INSERT OR REPLACE INTO words (rowid, ref, label, keywords, description, components) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#remove = database.prepare('DELETE FROM entry WHERE id = ?');
    this.#removeWords = database.prepare('DELETE FROM words WHERE rowid = ?');
  }

  put(entry: IndexEntry): void {
    const { ref, version, label, description } = entry;
    const runtimes = JSON.stringify(entry.runtimeDeps);
    const document = documentOf(entry);
    const keywords = entry.keywords.join(' ');
    const components = COMPONENT_KINDS.flatMap((kind) => entry.contents[kind].map(({ name }) => name)).join(' ');
    const digest = digestOf(document, label, description, keywords, components);
    const known = this.#left.get(ref);
    this.#left.delete(ref);
    if (known?.digest.equals(digest)) return;
    const values = [this.#source, ref, version, label, description, runtimes, document, digest];
    const { id } = this.#put.get(...values) as { id: number };
    this.#putWords.run(id, ref, label, keywords, description, components);
  }

  removeOthers(): void {
    for (const { id } of this.#left.values()) {
      this.#removeWords.run(id);
      this.#remove.run(id);
    }
  }
}

function digestOf(...texts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length} ${text}`);
  return hash.digest();
}
