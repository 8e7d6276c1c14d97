/**
 * What can still be read of a database that cannot be used. Damage is mostly in one page of many, and what the disk has
 * besides says of a pack neither where it came from, nor whether it is pinned, nor what happened to it. Nothing of it is
 * believed about the files: a row counts where its checksum is that of the tree that it is about.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copyPrivateFile } from '../../platform/files/private-files.ts';
import { inspectTarget, listDirectory } from '../../platform/files/inspect.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { APPLICATION_ID, compactTime } from '../database/backup-files.ts';
import type { Connection } from '../database/database.ts';
import { AUXILIARY_SUFFIXES } from '../database/replace-database.ts';
import type { Layout } from '../layout.ts';

type Row = Readonly<Record<string, unknown>>;

export interface Salvage {
  /** By directory and checksum. */
  readonly releases: ReadonlyMap<string, Row>;
  /** By ref. */
  readonly packs: ReadonlyMap<string, Row>;
  /** The oldest first. */
  readonly events: readonly Row[];
}

export const EMPTY_SALVAGE: Salvage = { releases: new Map(), packs: new Map(), events: [] };

/** What a database is called that another one took the place of. @param at ISO 8601, UTC */
export function asideName(why: 'corrupt' | 'replaced', at: string): string {
  return `attune.db.${why}-${compactTime(at)}`;
}

const ASIDE = /^attune\.db\.(?:corrupt|replaced)-(.+Z)$/;

export function releaseKey(directory: unknown, checksum: unknown): string {
  return `${directory} ${checksum}`;
}

/**
 * Reads a copy, so that the file stays as it is, and so that what is in its log counts.
 * @param scratch an empty directory
 */
export function salvage(layout: Layout, scratch: string): Salvage {
  const source = unusableDatabase(layout);
  if (source === undefined) return EMPTY_SALVAGE;
  const copy = join(scratch, 'old.db');
  copyPrivateFile(source, copy);
  if (inspectTarget(`${source}${AUXILIARY_SUFFIXES[0]}`))
    copyPrivateFile(`${source}${AUXILIARY_SUFFIXES[0]}`, `${copy}${AUXILIARY_SUFFIXES[0]}`);
  const database = openSqlite(copy);
  try {
    const [owner] = rowsOf(database, 'PRAGMA application_id');
    if (owner?.['application_id'] !== APPLICATION_ID) return EMPTY_SALVAGE;
    const releases = rowsOf(database, 'SELECT * FROM release');
    return {
      releases: new Map(releases.map((row) => [releaseKey(row['directory'], row['checksum']), row])),
      packs: new Map(rowsOf(database, 'SELECT * FROM pack').map((row) => [String(row['ref']), row])),
      events: rowsOf(database, 'SELECT * FROM event ORDER BY id'),
    };
  } finally {
    database.close();
  }
}

/** The one in place; else, when an earlier attempt was killed after it had moved it away, the last that was. */
function unusableDatabase(layout: Layout): string | undefined {
  if ((inspectTarget(layout.database)?.size ?? 0) > 0) return layout.database;
  const timeOf = (name: string) => ASIDE.exec(name)?.[1] ?? '';
  const names = listDirectory(layout.data).flatMap(({ name, kind }) => (kind === 'file' && timeOf(name) ? name : []));
  const last = names.sort((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1)).at(-1);
  return last && join(layout.data, last);
}

/** As many as come before the damage. */
function rowsOf(database: Connection, sql: string): Row[] {
  const rows: Row[] = [];
  try {
    for (const row of database.prepare<[], Row>(sql).iterate()) rows.push(row);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  return rows;
}
