/**
 * Restores another database. A staged copy of it is verified, migrated, and completed with the releases on the disk that it
 * does not contain, so that they are retained and the restore can be undone. SQLite then overwrites the present database in
 * one transaction, for which it waits until no process reads. A present database that is unusable is moved aside instead.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { exists } from '../../platform/files/inspect.ts';
import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { backupName } from '../database/backup-files.ts';
import { backUpDatabase } from '../database/copy-database.ts';
import { type Connection, openDatabase } from '../database/database.ts';
import { toStoreError } from '../database/database-errors.ts';
import { findDatabaseDamage } from '../database/integrity-check.ts';
import { replaceUnusableDatabase } from '../database/replace-database.ts';
import type { Stamp } from '../history.ts';
import { installedVersions } from '../installed.ts';
import type { Layout } from '../layout.ts';
import { reconcile } from '../releases/reconcile.ts';
import type { TreeTools } from '../releases/release-trees.ts';
import { retainedReleases } from '../releases/retained-releases.ts';
import { type AdoptedRelease, adoptReleases } from './adopt-releases.ts';
import { asideName } from './salvage.ts';

export interface RestoreResult {
  /** The new path of the previous database; `null` if there was none. */
  readonly kept_aside: string | null;
  /** The versions that were installed before, by ref; empty if unknown. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** Packs that are installed according to the restored database but missing on the disk. */
  readonly missing: readonly { readonly ref: string; readonly version: string; readonly path: string }[];
  /** Releases on the disk that the restored database did not contain. They are retained but not current. */
  readonly adopted: readonly AdoptedRelease[];
}

/**
 * Restores a database. The caller holds the writer lock.
 * @param file a closed database with the current schema, on the file system of the store; it is consumed
 * @throws FileError, DatabaseError; the present database is then unchanged or moved aside
 */
export async function restoreDatabase(
  layout: Layout,
  file: string,
  stamp: Stamp,
  tools: TreeTools,
): Promise<RestoreResult> {
  const present = openIfIntact(layout);
  try {
    const before = present ? installedVersions(present) : new Map<string, string>();
    const adopted = adoptReleases(file, present, { layout, stamp, tools });
    const aside = present
      ? await overwrite(present, file, layout, stamp)
      : replaceUnusableDatabase(layout, file, asideName('replaced', stamp.at));
    return { kept_aside: aside, before, adopted, ...reconcileStore(layout) };
  } finally {
    present?.close();
  }
}

/** Milliseconds between two attempts to overwrite a database that another process reads. */
const RETRY_MS = 50;
const MAX_ATTEMPTS = 100;

const UNUSABLE = new Set(['STORE_CORRUPT', 'STORE_LOST', 'STORE_FOREIGN_DATABASE', 'STORE_TOO_NEW']);

/** Returns the present database; `undefined` if it is missing or damaged. @throws other errors, such as a missing permission */
function openIfIntact(layout: Layout): Connection | undefined {
  if (!exists(layout.database)) return undefined;
  let database: Connection | undefined;
  try {
    database = openDatabase(layout.database);
    if (findDatabaseDamage(database).length === 0) return database;
  } catch (error) {
    const storeError = toStoreError(layout, error);
    if (!(storeError instanceof AttuneError && UNUSABLE.has(storeError.code))) throw storeError;
  }
  database?.close();
  return undefined;
}

/** Backs up the present database and overwrites it. @returns the path of the backup */
async function overwrite(present: Connection, file: string, layout: Layout, { at }: Stamp): Promise<string> {
  const aside = backUpDatabase(present, layout, backupName(at, 'before-restore'));
  const pageSize = present.pragma('page_size', { simple: true });
  present.close();
  const incoming = openSqlite(file);
  try {
    matchPageSize(incoming, pageSize);
    await copyInto(layout.database, incoming);
  } finally {
    incoming.close();
  }
  fsyncDirectory(layout.data);
  return aside;
}

/** @throws DatabaseError if another process reads the database all the time */
async function copyInto(path: string, incoming: Connection): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    // Copies all pages in one step, so that it is one transaction. The driver reports no error if the database is locked.
    const { totalPages } = await incoming.backup(path, { progress: ({ totalPages: all }) => all });
    if (totalPages > 0) return;
    await systemClock.sleep(RETRY_MS);
  }
  throw new DatabaseError(
    'STORE_LOCKED',
    path,
    'another program has locked it',
    'Close the program that has it open, then try again.',
  );
}

/** SQLite can overwrite a database in WAL mode only with pages of the same size. */
function matchPageSize(database: Connection, pageSize: unknown): void {
  if (database.pragma('page_size', { simple: true }) === pageSize) return;
  database.pragma('journal_mode = DELETE');
  database.pragma(`page_size = ${Number(pageSize)}`);
  database.exec('VACUUM');
}

/** Makes the directories match the restored database. @returns the installed versions and the missing packs */
function reconcileStore(layout: Layout): Pick<RestoreResult, 'after' | 'missing'> {
  const database = openDatabase(layout.database);
  try {
    reconcile(database, layout);
    const missing = retainedReleases(database)
      .filter(({ current }) => current)
      .map(({ ref, version, directory }) => ({ ref, version, path: join(layout.releases, directory) }))
      .filter(({ path }) => !exists(path));
    return { after: installedVersions(database), missing };
  } finally {
    database.close();
  }
}
