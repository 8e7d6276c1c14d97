/**
 * Errors of the store's database as a whole, with hints to recover: restore a backup, or rebuild the database from the
 * releases on the disk. Moving the database away is not an option, because a new one would not know the releases.
 */
import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { DatabaseError, translateSqliteError } from '../../platform/sqlite/database-error.ts';
import { explainForeignFile } from '../foreign-file.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { newestBackup } from './backup-files.ts';
import { MIGRATIONS } from './migrations.ts';

const ELSEWHERE = 'choose another data directory with --data-dir or ATTUNE_DATA_DIR';

/** The database is missing or empty although there are releases, so this is not a new store. */
export class DatabaseLost extends AttuneError {
  constructor(layout: Layout, releases: number) {
    const count = releases === 1 ? 'there is 1 release' : `there are ${releases} releases`;
    super(
      'STORE_LOST',
      `The database '${layout.database}' is missing or empty, but ${count} in '${layout.releases}'.`,
      { facts: { path: layout.database, releases }, hint: sentence(recoveryOptions(layout)) },
    );
  }
}

/** The content of the database is damaged, or the file is not a database. */
export class DatabaseDamaged extends AttuneError {
  constructor(layout: Layout, error: DatabaseError) {
    super('STORE_CORRUPT', error.message, {
      facts: error.facts,
      hint: sentence(recoveryOptions(layout)),
      cause: error,
    });
  }
}

/** Returns the error for a database of another program. */
export function foreignDatabase(path: string): DatabaseError {
  const layout = layoutOf(dirname(path));
  const options = listReleases(layout).length > 0 ? [ELSEWHERE, ...recoveryOptions(layout)] : [ELSEWHERE];
  return new DatabaseError('STORE_FOREIGN_DATABASE', path, 'it was created by another program', sentence(options));
}

/** Returns the error for a database with a newer schema. @param version its schema version */
export function newerDatabase(path: string, version: number): DatabaseError {
  const backup = newestBackup(layoutOf(dirname(path)));
  return new DatabaseError(
    'STORE_TOO_NEW',
    path,
    `it was written by a newer attune (schema ${version}, this version supports ${MIGRATIONS.length})`,
    sentence(['upgrade attune', ELSEWHERE, ...(backup ? [restoreHint(backup.path)] : [])]),
  );
}

/** Returns the error for a database whose tables do not have the schema version that it states. */
export function invalidVersion(path: string, version: number): DatabaseError {
  const reason = `it is damaged: its schema version is ${version}, which its tables do not have`;
  return new DatabaseError('STORE_CORRUPT', path, reason, sentence(recoveryOptions(layoutOf(dirname(path)))));
}

/** Runs an operation on the database and translates its errors with `toStoreError`. */
export function withStoreErrors<T>(layout: Layout, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw toStoreError(layout, error);
  }
}

/**
 * Converts an SQLite error to a DatabaseError, damage of the store's own database to DatabaseDamaged, and a missing
 * permission for a path of another user to ForeignStoreFile.
 */
export function toStoreError(layout: Layout, error: unknown): unknown {
  const translated = explainForeignFile(layout, translateSqliteError(layout.database, error));
  const damaged = translated instanceof DatabaseError && translated.code === 'STORE_CORRUPT';
  return damaged && translated.facts['path'] === layout.database ? new DatabaseDamaged(layout, translated) : translated;
}

function recoveryOptions(layout: Layout): string[] {
  const backup = newestBackup(layout);
  const rebuild =
    'rebuild it from the releases, keeping the old database under another name, with: attune doctor --fix';
  return backup === undefined ? [rebuild] : [restoreHint(backup.path), rebuild];
}

function restoreHint(path: string): string {
  return `restore the newest backup with 'attune db restore ${quoteForShell(path)} --yes'`;
}

function sentence(options: readonly string[]): string {
  const text = options.join('; or ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
