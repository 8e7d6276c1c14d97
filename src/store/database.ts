import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, type ErrorCode, reasonOf } from '../errors.ts';
import { exists, inspectTarget, makeDirectory } from '../platform/files.ts';
import { MIGRATIONS } from './migrations.ts';

export type Connection = Database.Database;

/** "ATUN": says in the file's header whose database it is. */
const APPLICATION_ID = 0x4154554e;
const BUSY_MS = 5000;

/** A database that cannot be used, or an operation on it that failed. */
export class DatabaseFault extends AttuneError {
  constructor(code: ErrorCode, path: string, why: string, hint: string, cause?: unknown) {
    super(code, `The database '${path}' cannot be used: ${why}.`, { facts: { path }, hint, cause });
  }
}

/**
 * Opens the store's database, creating and migrating it as needed.
 * @throws DatabaseFault when it is corrupt, not attune's, or written by a newer attune
 */
export function openDatabase(path: string): Connection {
  makeDirectory(dirname(path));
  return translating(path, () => prepare(new Database(path, { timeout: BUSY_MS }), path));
}

/** For readers: what `openDatabase` gives, but a database that is not there yet is empty and stays absent. */
export function openDatabaseIfPresent(path: string): Connection {
  return exists(path) ? openDatabase(path) : prepare(new Database(':memory:'), path);
}

function prepare(database: Connection, path: string): Connection {
  try {
    refuseOthers(database, path);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function versionOf(database: Connection): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function refuseOthers(database: Connection, path: string): void {
  const owner = database.pragma('application_id', { simple: true }) as number;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (owner !== APPLICATION_ID && (owner !== 0 || tables > 0)) {
    throw new DatabaseFault(
      'STORE_FOREIGN_DATABASE',
      path,
      'another program made it',
      'Choose another data directory with --data-dir or ATTUNE_DATA_DIR.',
    );
  }
  if (versionOf(database) > MIGRATIONS.length) {
    throw new DatabaseFault(
      'STORE_TOO_NEW',
      path,
      `a newer attune wrote it (schema ${versionOf(database)}, this attune knows ${MIGRATIONS.length})`,
      'Upgrade attune, or choose another data directory with --data-dir.',
    );
  }
}

function migrate(database: Connection): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  const steps = database.transaction(() => {
    // Another process may have migrated while this one waited for its turn.
    for (let version = versionOf(database); version < MIGRATIONS.length; version++) {
      database.exec(MIGRATIONS[version] as string);
      database.pragma(`user_version = ${version + 1}`);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
  });
  steps.exclusive();
}

const SQLITE_FAULTS: readonly [prefix: string, code: ErrorCode, why: string, hint: string][] = [
  ['SQLITE_FULL', 'STORE_FULL', 'no space is left on the device', 'Free some space, then try again.'],
  [
    'SQLITE_NOTADB',
    'STORE_CORRUPT',
    'it is not an SQLite database',
    'Move it away (attune then starts anew) or restore a backup.',
  ],
  ['SQLITE_CORRUPT', 'STORE_CORRUPT', 'it is damaged', 'Move it away (attune then starts anew) or restore a backup.'],
  [
    'SQLITE_READONLY',
    'STORE_READ_ONLY',
    'it cannot be written',
    'Check who owns it and its mode, or choose another place with --data-dir.',
  ],
  [
    'SQLITE_CANTOPEN',
    'STORE_PERMISSION',
    'it cannot be opened',
    'Check who owns the data directory and its mode, or choose another with --data-dir.',
  ],
  [
    'SQLITE_PERM',
    'STORE_PERMISSION',
    'permission denied',
    'Check who owns it and its mode, or choose another place with --data-dir.',
  ],
  ['SQLITE_BUSY', 'STORE_LOCKED', 'another program holds it', 'Close the program that has it open, then try again.'],
  ['SQLITE_IOERR', 'STORE_IO', 'the disk answered with an error', 'Check the disk and its free space.'],
];

/** Runs a database operation and puts what SQLite says into attune's words. */
export function translating<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw translated(path, error);
  }
}

export function translated(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_CANTOPEN' && inspectTarget(dirname(path)) === undefined) {
    return new DatabaseFault(
      'STORE_PERMISSION',
      path,
      'its directory has vanished',
      'Create the directory again, or choose another with --data-dir.',
      error,
    );
  }
  const known = SQLITE_FAULTS.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return error;
  const [, code, why, hint] = known;
  return new DatabaseFault(code, path, `${why} (${reasonOf(error)})`, hint, error);
}
