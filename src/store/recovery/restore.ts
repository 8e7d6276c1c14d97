/**
 * Restores another database. A staged copy of it is verified, migrated, and completed with the releases on the disk that it
 * does not contain, so that they are retained and the restore can be undone. SQLite then overwrites the present database in
 * one transaction, while readers continue to see the old state. A present database that is unusable is moved aside instead.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
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
    // Copies all pages in one step, so that it is one transaction.
    await incoming.backup(layout.database, { progress: ({ totalPages }) => totalPages });
  } finally {
    incoming.close();
  }
  return aside;
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
    database.pragma('wal_checkpoint(TRUNCATE)');
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
