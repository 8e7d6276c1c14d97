/**
 * Another database in the place of this one. It is made ready on a copy in staging: checked, brought to this attune's
 * schema, and told of the releases on the disk that it does not know, so that they stay and the way back is open. Then it
 * is written over the present one by SQLite, in one transaction, which is the moment; whoever reads meanwhile reads on in
 * the old state. A present database that cannot be used has no transaction to offer, and is moved aside instead.
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
import { retainedReleases } from '../releases/retained-releases.ts';
import { reconcile } from '../releases/reconcile.ts';
import type { TreeTools } from '../releases/release-trees.ts';
import { type AdoptedRelease, adoptReleases } from './adopt-releases.ts';
import { asideName } from './salvage.ts';

export interface RestoreResult {
  /** Where what was there before is now; `null` where nothing was. */
  readonly kept_aside: string | null;
  /** What was installed before, by ref; empty where nobody can tell. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** Installed by the restored database, and yet not on the disk. */
  readonly missing: readonly { readonly ref: string; readonly version: string; readonly path: string }[];
  /** On the disk and unknown to the restored database: kept, as releases that are not current. */
  readonly adopted: readonly AdoptedRelease[];
}

/**
 * The caller holds the writer lock.
 * @param file a database of this attune's schema, closed, on the store's file system; it is used up
 * @throws FileError, DatabaseError; then the present one is as it was, or kept aside
 */
export async function restoreDatabase(layout: Layout, file: string, stamp: Stamp, tools: TreeTools): Promise<RestoreResult> {
  const present = openSound(layout);
  try {
    const before = present ? installedVersions(present) : new Map<string, string>();
    const adopted = adoptReleases(file, present, { layout, stamp, tools });
    const aside = present
      ? await writeOver(present, file, layout, stamp)
      : replaceUnusableDatabase(layout, file, asideName('replaced', stamp.at));
    return { kept_aside: aside, before, adopted, ...follow(layout) };
  } finally {
    present?.close();
  }
}

const UNUSABLE = new Set(['STORE_CORRUPT', 'STORE_LOST', 'STORE_FOREIGN_DATABASE', 'STORE_TOO_NEW']);

/** The present database; `undefined` where there is none that is in order. @throws where it cannot be read just now */
function openSound(layout: Layout): Connection | undefined {
  if (!exists(layout.database)) return undefined;
  let database: Connection | undefined;
  try {
    database = openDatabase(layout.database);
    if (findDatabaseDamage(database).length === 0) return database;
  } catch (error) {
    const fault = toStoreError(layout, error);
    if (!(fault instanceof AttuneError && UNUSABLE.has(fault.code))) throw fault;
  }
  database?.close();
  return undefined;
}

/** @returns where the copy of the present one is */
async function writeOver(present: Connection, file: string, layout: Layout, { at }: Stamp): Promise<string> {
  const aside = backUpDatabase(present, layout, backupName(at, 'before-restore'));
  const pageSize = present.pragma('page_size', { simple: true });
  present.close();
  const incoming = openSqlite(file);
  try {
    matchPageSize(incoming, pageSize);
    // All pages at once: the transaction is as long as it takes.
    await incoming.backup(layout.database, { progress: ({ totalPages }) => totalPages });
  } finally {
    incoming.close();
  }
  return aside;
}

/** SQLite writes over a database with a log only in pages of the same size. */
function matchPageSize(database: Connection, pageSize: unknown): void {
  if (database.pragma('page_size', { simple: true }) === pageSize) return;
  database.pragma('journal_mode = DELETE');
  database.pragma(`page_size = ${Number(pageSize)}`);
  database.exec('VACUUM');
}

/** Makes links and releases follow the database, and says what they cannot follow it in. */
function follow(layout: Layout): Pick<RestoreResult, 'after' | 'missing'> {
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
