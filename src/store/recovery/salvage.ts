/**
 * Reads the intact rows of a damaged database. Damage usually affects a few pages, and the rows contain data that the
 * directories do not: the origin of a pack, its pin and its history. A row is used only if its checksum matches the tree.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { inspectTarget, listDirectory } from '../../platform/files/inspect.ts';
import { copyPrivateFile } from '../../platform/files/private-files.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { APPLICATION_ID, compactTime } from '../database/backup-files.ts';
import type { Connection } from '../database/database.ts';
import { AUXILIARY_SUFFIXES } from '../database/replace-database.ts';
import type { Layout } from '../layout.ts';

type Row = Readonly<Record<string, unknown>>;

/** The readable rows of a damaged database. */
export interface Salvage {
  /** By directory and checksum, see `releaseKey`. */
  readonly releases: ReadonlyMap<string, Row>;
  /** By ref. */
  readonly packs: ReadonlyMap<string, Row>;
  /** Oldest first. */
  readonly events: readonly Row[];
}

export const EMPTY_SALVAGE: Salvage = { releases: new Map(), packs: new Map(), events: [] };

/** Returns the file name for a database that is moved aside. @param at ISO 8601, UTC */
export function asideName(why: 'corrupt' | 'replaced', at: string): string {
  return `attune.db.${why}-${compactTime(at)}`;
}

const ASIDE = /^attune\.db\.(?:corrupt|replaced)-(.+Z)$/;

export function releaseKey(directory: unknown, checksum: unknown): string {
  return `${directory} ${checksum}`;
}

/**
 * Salvages rows from a copy, so that the file stays unchanged and its log is applied.
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

/** Returns the database, or the last one that was moved aside if an earlier rebuild was killed in between. */
function unusableDatabase(layout: Layout): string | undefined {
  if ((inspectTarget(layout.database)?.size ?? 0) > 0) return layout.database;
  const timeOf = (name: string) => ASIDE.exec(name)?.[1] ?? '';
  const names = listDirectory(layout.data).flatMap(({ name, kind }) => (kind === 'file' && timeOf(name) ? name : []));
  const last = names.sort((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1)).at(-1);
  return last && join(layout.data, last);
}

/** Returns the rows up to the first damaged page. */
function rowsOf(database: Connection, sql: string): Row[] {
  const rows: Row[] = [];
  try {
    for (const row of database.prepare<[], Row>(sql).iterate()) rows.push(row);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  return rows;
}
