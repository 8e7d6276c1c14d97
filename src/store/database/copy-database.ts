import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Clock } from '../../platform/clock.ts';
import { createPrivateFile, publishPrivateFile } from '../../platform/files/private-files.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import { StagingArea } from '../staging.ts';
import { backupName, removeOldBackups } from './backup-files.ts';
import { AUXILIARY_SUFFIXES } from './replace-database.ts';

type Connection = Database.Database;

/**
 * Keeps what the database is before it is brought to this attune's schema, so that an older attune can be given it back.
 * @param version of its schema
 * @throws FileError, SqliteError where that cannot be done; then nothing should be changed
 */
export function backUpBeforeMigration(database: Connection, layout: Layout, version: number, clock: Clock): string {
  return backUpDatabase(database, layout, backupName(clock.now().toISOString(), `v${version}`));
}

/** A copy of the database in `backups/`, in one step that nobody's writing can get into. @returns its path */
export function backUpDatabase(database: Connection, layout: Layout, name: string): string {
  makeStoreDirectory(layout.backups);
  const path = join(layout.backups, name);
  using area = new StagingArea(layout);
  const unfinished = area.newPath();
  createPrivateFile(unfinished);
  database.prepare('VACUUM INTO ?').run(unfinished);
  publishPrivateFile(unfinished, path);
  removeOldBackups(layout);
  return path;
}

/** How many pages are copied before others have their turn. */
const PAGES_AT_ONCE = 1000;
/** Whoever writes in between makes the copy begin anew: after so many times all of it is copied at once. */
const PATIENCE = 3;

export interface CopyTools {
  /**
   * Where the copy is made, on the file system of its place and where what is left of it is removed by others; beside its
   * place where nothing is said.
   */
  readonly scratch?: string;
  /** @param done bytes */
  progress(done: number, total: number): void;
  /** Looks at the copy before it gets its name. @throws whatever says that it is of no use */
  check(copy: Connection): void;
}

/**
 * Copies a database into a file while others read and write it (SQLite's online backup). The copy is whole, private and
 * in one file, and stands at `path` only once all of it does; what was there is replaced.
 * @returns its size in bytes
 * @throws FileError, SqliteError, what `check` throws
 */
export async function copyDatabase(
  database: Connection,
  path: string,
  { progress, check, scratch }: CopyTools,
): Promise<number> {
  const unfinished = scratch ?? `${path}.${randomUUID().replaceAll('-', '')}.tmp`;
  const pageSize = database.pragma('page_size', { simple: true }) as number;
  try {
    createPrivateFile(unfinished);
    let [left, restarts] = [Number.POSITIVE_INFINITY, 0];
    const { totalPages } = await database.backup(unfinished, {
      progress: ({ totalPages: total, remainingPages }) => {
        if (remainingPages >= left) restarts += 1;
        left = remainingPages;
        progress((total - remainingPages) * pageSize, total * pageSize);
        return restarts < PATIENCE ? PAGES_AT_ONCE : total + remainingPages;
      },
    });
    finish(unfinished, check);
    publishPrivateFile(unfinished, path);
    return totalPages * pageSize;
  } finally {
    for (const suffix of ['', ...AUXILIARY_SUFFIXES]) removeFile(unfinished + suffix);
  }
}

/** The copy of a database with a log says of itself that it has one; a single file must not. */
function finish(path: string, check: CopyTools['check']): void {
  const copy = openSqlite(path);
  try {
    copy.pragma('journal_mode = DELETE');
    check(copy);
  } finally {
    copy.close();
  }
}
