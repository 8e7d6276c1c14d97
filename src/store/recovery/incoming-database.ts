import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, reasonOf } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
import { copyPrivateFile } from '../../platform/files/private-files.ts';
import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { type Connection, openDatabase, refuseForeignDatabase, schemaVersionOf } from '../database/database.ts';
import { findDatabaseDamage } from '../database/integrity-check.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { AUXILIARY_SUFFIXES } from '../database/replace-database.ts';
import { installedVersions } from '../installed.ts';

/** A file that cannot be restored as the database. */
export class InvalidBackup extends AttuneError {
  /** @param reasons sentences without full stops */
  constructor(path: string, reasons: readonly string[], hint = 'Name another backup.') {
    const lines = reasons.map((reason) => `  ${reason}`);
    super('INVALID_BACKUP', [`'${path}' cannot be restored as the database:`, ...lines].join('\n'), {
      facts: { path, reasons },
      hint,
    });
  }
}

/** A verified copy of a backup, migrated to the schema of this version of attune. */
export interface IncomingDatabase {
  /** The path of the closed copy. */
  readonly file: string;
  /** The schema version of the backup. */
  readonly schemaVersion: number;
  /** The installed versions in the backup, by ref. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Copies a backup and its log, if any, into a directory and verifies that it is an intact database of attune. The backup
 * itself stays unchanged and may be in a read-only directory.
 * @throws InvalidBackup, FileError
 */
export function readIncoming(path: string, directory: string): IncomingDatabase {
  const file = join(directory, 'attune.db');
  copyPrivateFile(path, file);
  const [log] = AUXILIARY_SUFFIXES;
  if (exists(path + log)) copyPrivateFile(path + log, file + log);
  const schemaVersion = withDatabase(path, openSqlite(file), (database) => verifyDatabase(database, path));
  // Opening the copy migrates it; its directory counts as a separate store without releases.
  const versions = withDatabase(path, openDatabase(file), installedVersions);
  return { file, schemaVersion, versions };
}

function verifyDatabase(database: Connection, path: string): number {
  refuseForeign(database, path);
  const damage = findDatabaseDamage(database);
  if (damage.length > 0) throw new InvalidBackup(path, damage);
  return schemaVersionOf(database);
}

function refuseForeign(database: Connection, path: string): void {
  const version = schemaVersionOf(database);
  if (version > MIGRATIONS.length) {
    const why = `it was written by a newer attune (schema ${version}, this version supports ${MIGRATIONS.length})`;
    throw new InvalidBackup(path, [why], 'Upgrade attune, or name an older backup.');
  }
  if (version < 0) throw new InvalidBackup(path, [`it is damaged (its schema version is ${version})`]);
  try {
    refuseForeignDatabase(database, path);
  } catch (error) {
    if (error instanceof DatabaseError) throw new InvalidBackup(path, ['it was created by another program']);
    throw error;
  }
  if (version === 0) throw new InvalidBackup(path, ['it is empty']);
}

function withDatabase<T>(path: string, database: Connection, read: (database: Connection) => T): T {
  try {
    return read(database);
  } catch (error) {
    if (error instanceof Database.SqliteError) throw new InvalidBackup(path, [describeDamage(error)]);
    throw error;
  } finally {
    database.close();
  }
}

function describeDamage(error: InstanceType<typeof Database.SqliteError>): string {
  return error.code === 'SQLITE_NOTADB' ? 'it is not an SQLite database' : `it is damaged (${reasonOf(error)})`;
}
