import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, reasonOf } from '../../errors.ts';
import { copyPrivateFile } from '../../platform/files/private-files.ts';
import { exists } from '../../platform/files/inspect.ts';
import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { type Connection, openDatabase, refuse, schemaVersionOf } from '../database/database.ts';
import { findDatabaseDamage } from '../database/integrity-check.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { AUXILIARY_SUFFIXES } from '../database/replace-database.ts';
import { installedVersions } from '../installed.ts';

/** A file that cannot take the place of the database. */
export class InvalidBackup extends AttuneError {
  /** @param reasons without their full stops */
  constructor(path: string, reasons: readonly string[], hint = 'Name another backup.') {
    const lines = reasons.map((reason) => `  ${reason}`);
    super('INVALID_BACKUP', [`'${path}' cannot take the place of the database:`, ...lines].join('\n'), {
      facts: { path, reasons },
      hint,
    });
  }
}

/** A copy of a backup, checked and brought to this attune's schema. */
export interface IncomingDatabase {
  /** The copy, closed. */
  readonly file: string;
  /** Of the schema that the backup has. */
  readonly schemaVersion: number;
  /** The versions that are installed by it, by ref. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Copies a backup, with what is in a log beside it, into a directory and makes sure that it is a sound database of
 * attune's. The backup itself may lie where nothing can be written, and stays as it is.
 * @throws InvalidBackup, FileError
 */
export function readIncoming(path: string, directory: string): IncomingDatabase {
  const file = join(directory, 'attune.db');
  copyPrivateFile(path, file);
  const [log] = AUXILIARY_SUFFIXES;
  if (exists(path + log)) copyPrivateFile(path + log, file + log);
  const schemaVersion = inspecting(path, openSqlite(file), (database) => soundVersion(database, path));
  // From here on it is a store of its own, in which no release is.
  const versions = inspecting(path, openDatabase(file), installedVersions);
  return { file, schemaVersion, versions };
}

function soundVersion(database: Connection, path: string): number {
  refuseForeign(database, path);
  const damage = findDatabaseDamage(database);
  if (damage.length > 0) throw new InvalidBackup(path, damage);
  return schemaVersionOf(database);
}

function refuseForeign(database: Connection, path: string): void {
  const version = schemaVersionOf(database);
  if (version > MIGRATIONS.length) {
    const why = `a newer attune wrote it (schema ${version}, this attune knows ${MIGRATIONS.length})`;
    throw new InvalidBackup(path, [why], 'Upgrade attune, or name a backup from before.');
  }
  try {
    refuse(database, path);
  } catch (error) {
    if (error instanceof DatabaseError) throw new InvalidBackup(path, ['another program made it']);
    throw error;
  }
  if (version === 0) throw new InvalidBackup(path, ['it is empty']);
}

function inspecting<T>(path: string, database: Connection, look: (database: Connection) => T): T {
  try {
    return look(database);
  } catch (error) {
    if (error instanceof Database.SqliteError) throw new InvalidBackup(path, [damageOf(error)]);
    throw error;
  } finally {
    database.close();
  }
}

function damageOf(error: InstanceType<typeof Database.SqliteError>): string {
  return error.code === 'SQLITE_NOTADB' ? 'it is no SQLite database' : `it is damaged (${reasonOf(error)})`;
}
