import { createHash } from 'node:crypto';
import rcompare from 'semver/functions/rcompare.js';
import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import type { IndexEntry } from '../index/format.ts';
import type { InvalidEntry } from '../index/valid-entries.ts';
import type { Connection } from './database.ts';
import { type IndexIdentity, type IndexStamp, serializePack } from './rows.ts';

export type EntryWriter = (entry: IndexEntry) => void;

/**
 * Adds all entries of an index.
 * @returns the invalid entries, of which none is retained even if it was added
 */
export type EntryProvider = (add: EntryWriter) => readonly InvalidEntry[];

/** An index that was not used for this long is assumed to be no longer configured. */
const RETENTION_MS = 30 * 86_400_000;

/**
 * Replaces the entries of an index. Unchanged rows, which are usually most of them, are not written, because full-text
 * indexing dominates the time.
 * @param used the keys of indexes that are in use, which are retained regardless of their age
 * @param write receives a function that adds an entry
 */
export function replaceEntries(
  database: Connection,
  { key, url }: IndexIdentity,
  stamp: IndexStamp,
  used: readonly string[],
  write: EntryProvider,
): void {
  const known = database.prepare('SELECT id FROM source WHERE key = ?').pluck().get(key) as number | undefined;
  const id = known ?? addSource(database, { key, url }, stamp);
  const entries = new EntryRows(database, id);
  const invalid = write((entry) => entries.put(entry));
  entries.removeOthers();
  replaceInvalid(database, id, invalid);
  database
    .prepare(
      `UPDATE source SET digest = ?, etag = ?, last_modified = ?, stamp = ?, fetched_at = ?,
         packs = (SELECT count(*) FROM entry WHERE source_id = source.id), invalid = ? WHERE id = ?`,
    )
    .run(
      stamp.digest,
      stamp.etag ?? null,
      stamp.lastModified ?? null,
      stamp.stamp ?? null,
      stamp.fetchedAt,
      invalid.length,
      id,
    );
  const isUnused = 'fetched_at < ? AND key NOT IN (SELECT value FROM json_each(?))';
  dropSources(database, isUnused, stamp.fetchedAt - RETENTION_MS, JSON.stringify(used));
}

function addSource(database: Connection, { key, url }: IndexIdentity, { fetchedAt }: IndexStamp): number {
  const sql = "INSERT INTO source (key, url, digest, fetched_at, packs, invalid) VALUES (?, ?, '', ?, 0, 0)";
  return Number(database.prepare(sql).run(key, url, fetchedAt).lastInsertRowid);
}

function replaceInvalid(database: Connection, source: number, invalid: readonly InvalidEntry[]): void {
  database.prepare('DELETE FROM invalid_entry WHERE source_id = ?').run(source);
  const insert = database.prepare('INSERT INTO invalid_entry (source_id, position, ref, reason) VALUES (?, ?, ?, ?)');
  const added = 'SELECT id FROM entry WHERE source_id = ? AND ref = ?';
  const removeSearchTerms = database.prepare(`DELETE FROM words WHERE rowid IN (${added})`);
  const remove = database.prepare('DELETE FROM entry WHERE source_id = ? AND ref = ?');
  for (const { positions, ref, reason } of invalid) {
    insert.run(source, positions[0], ref ?? null, reason);
    if (ref === undefined) continue;
    removeSearchTerms.run(source, ref);
    remove.run(source, ref);
  }
}

/** Deletes indexes with all their entries. @param condition an SQL condition on `source` */
export function dropSources(database: Connection, condition: string, ...values: unknown[]): void {
  const entries = `source_id IN (SELECT id FROM source WHERE ${condition})`;
  database.prepare(`DELETE FROM words WHERE rowid IN (SELECT id FROM entry WHERE ${entries})`).run(...values);
  database.prepare(`DELETE FROM entry WHERE ${entries}`).run(...values);
  database.prepare(`DELETE FROM invalid_entry WHERE ${entries}`).run(...values);
  database.prepare(`DELETE FROM source WHERE ${condition}`).run(...values);
}

interface KnownEntry {
  readonly id: number;
  readonly digest: Buffer;
}

/** The rows of one index while they are replaced. Of a repeated ref, the last entry is stored. */
class EntryRows {
  readonly #source: number;
  /** The existing rows whose refs have not been added yet. */
  readonly #remaining: Map<string, KnownEntry>;
  readonly #put;
  readonly #putSearchTerms;
  readonly #remove;
  readonly #removeSearchTerms;

  constructor(database: Connection, source: number) {
    this.#source = source;
    const rows = database.prepare('SELECT ref, id, digest FROM entry WHERE source_id = ?').iterate(source);
    this.#remaining = new Map();
    for (const { ref, ...row } of rows as Iterable<KnownEntry & { ref: string }>) this.#remaining.set(ref, row);
    this.#put = database.prepare(
      `INSERT INTO entry (source_id, ref, version, label, description, runtimes, document, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source_id, ref) DO UPDATE SET version = excluded.version, label = excluded.label,
         description = excluded.description, runtimes = excluded.runtimes, document = excluded.document,
         digest = excluded.digest RETURNING id`,
    );
    this.#putSearchTerms = database.prepare(
      'INSERT OR REPLACE INTO words (rowid, ref, label, keywords, description, components) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#remove = database.prepare('DELETE FROM entry WHERE id = ?');
    this.#removeSearchTerms = database.prepare('DELETE FROM words WHERE rowid = ?');
  }

  put(entry: IndexEntry): void {
    const { ref, label, description } = entry;
    const version = latestVersion(entry);
    const runtimes = JSON.stringify(entry.runtimeDeps);
    const document = serializePack(entry);
    const keywords = entry.keywords.join(' ');
    const components = COMPONENT_KINDS.flatMap((kind) => entry.contents[kind].map(({ name }) => name)).join(' ');
    const digest = digestOf(document, label, description, keywords, components);
    const known = this.#remaining.get(ref);
    this.#remaining.delete(ref);
    if (known?.digest.equals(digest)) return;
    const values = [this.#source, ref, version, label, description, runtimes, document, digest];
    const { id } = this.#put.get(...values) as { id: number };
    this.#putSearchTerms.run(id, ref, label, keywords, description, components);
  }

  removeOthers(): void {
    for (const { id } of this.#remaining.values()) {
      this.#removeSearchTerms.run(id);
      this.#remove.run(id);
    }
  }
}

/** Returns the version that results of a search show: the entry's own, or the highest other one if that is yanked. */
function latestVersion(entry: IndexEntry): string {
  if (entry.yanked === undefined) return entry.version;
  const others = entry.releases.filter(({ yanked }) => yanked === undefined).map(({ version }) => version);
  return others.sort(rcompare)[0] ?? entry.version;
}

function digestOf(...texts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length} ${text}`);
  return hash.digest();
}
