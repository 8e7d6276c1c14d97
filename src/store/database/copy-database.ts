import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { giveTree } from '../../platform/files/ownership.ts';
import { permissionsOf } from '../../platform/files/permissions.ts';
import { createPrivateFile, publishPrivateFile } from '../../platform/files/private-files.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import { StagingArea } from '../staging.ts';
import { backupName, removeOldBackups } from './backup-files.ts';
import { AUXILIARY_SUFFIXES } from './replace-database.ts';

const OWNER_ACCESS = 0o600;
const GROUP_WRITE = 0o020;

/**
 * Backs up the database before a migration, so that an older version of attune can be used again.
 * @param version the schema version before the migration
 * @throws FileError, SqliteError; the caller must then not migrate
 */
export function backUpBeforeMigration(database: Connection, layout: Layout, version: number, clock: Clock): string {
  return backUpDatabase(database, layout, backupName(clock.now().toISOString(), `v${version}`));
}

/** Copies the database to `backups/` in one transaction. @returns the path of the copy */
export function backUpDatabase(database: Connection, layout: Layout, name: string): string {
  makeStoreDirectory(layout.backups);
  const path = join(layout.backups, name);
  using area = new StagingArea(layout);
  const temporary = area.newPath();
  createPrivateFile(temporary);
  database.prepare('VACUUM INTO ?').run(temporary);
  publishBackup(layout, temporary, path);
  removeOldBackups(layout);
  return path;
}

/**
 * Moves a complete copy to `backups/`. The copy is private, except in a data directory that a group shares: there it has the
 * mode of the database, so that every member can restore it.
 * @throws FileError
 */
export function publishBackup(layout: Layout, copy: string, path: string): void {
  const shared = ((permissionsOf(layout.data)?.mode ?? 0) & GROUP_WRITE) !== 0;
  giveTree(layout.data, copy);
  publishPrivateFile(
    copy,
    path,
    shared ? OWNER_ACCESS | ((permissionsOf(layout.database)?.mode ?? 0) & 0o660) : undefined,
  );
}

/** The number of pages that are copied between two chances for other processes to write. */
const PAGES_PER_STEP = 1000;
/** A concurrent write restarts the copy. After this number of restarts all pages are copied in one step. */
const MAX_RESTARTS = 3;

export interface CopyTools {
  /**
   * The temporary path of the copy, on the same file system, in a directory that is cleaned up after a crash. By default the
   * copy is made next to its final path.
   */
  readonly scratch?: string;
  /** Reports progress in bytes. */
  progress(done: number, total: number): void;
  /** Verifies the copy before it is published. @throws an error if the copy is unusable */
  check(copy: Connection): void;
  /** Renames the complete copy to its final path, by default as a private file. */
  readonly publish?: (copy: string) => void;
}

/**
 * Copies a database to a file while other processes read and write it (SQLite's online backup). The copy is a single private
 * file that atomically replaces the file at `path` when it is complete.
 * @returns its size in bytes
 * @throws FileError, SqliteError, and errors of `check`
 */
export async function copyDatabase(
  database: Connection,
  path: string,
  { progress, check, scratch, publish = (copy) => publishPrivateFile(copy, path) }: CopyTools,
): Promise<number> {
  const temporary = scratch ?? `${path}.${randomUUID().replaceAll('-', '')}.tmp`;
  const pageSize = database.pragma('page_size', { simple: true }) as number;
  try {
    createPrivateFile(temporary);
    let [remaining, restarts] = [Number.POSITIVE_INFINITY, 0];
    const { totalPages } = await database.backup(temporary, {
      progress: ({ totalPages: total, remainingPages }) => {
        if (remainingPages >= remaining) restarts += 1;
        remaining = remainingPages;
        progress((total - remainingPages) * pageSize, total * pageSize);
        return restarts < MAX_RESTARTS ? PAGES_PER_STEP : total + remainingPages;
      },
    });
    finish(temporary, check);
    publish(temporary);
    return totalPages * pageSize;
  } finally {
    for (const suffix of ['', ...AUXILIARY_SUFFIXES]) removeFile(temporary + suffix);
  }
}

/** Turns off the write-ahead log, which the copied header still enables, so that the copy is a single file. */
function finish(path: string, check: CopyTools['check']): void {
  const copy = openSqlite(path);
  try {
    copy.pragma('journal_mode = DELETE');
    check(copy);
  } finally {
    copy.close();
  }
}
