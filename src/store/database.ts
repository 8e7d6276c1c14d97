import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { inspectTarget, readFile } from '../platform/files.ts';
import { DatabaseFault, translating } from '../platform/sqlite-fault.ts';
import { fileStamp } from '../platform/write-files.ts';
import { makePlace } from './layout.ts';
import { MIGRATIONS } from './migrations.ts';

export type Connection = Database.Database;

/** "ATUN": says in the file's header whose database it is. */
const APPLICATION_ID = 0x4154554e;
const BUSY_MS = 5000;
/** The bytes of the file's header that say whether there is a log: 2 with one, 1 without. */
const FORMAT_VERSIONS = { start: 18, end: 20 };

/**
 * Opens the store's database, creating and migrating it as needed.
 * @throws DatabaseFault when it is corrupt, not attune's, or written by a newer attune
 */
export function openDatabase(path: string): Connection {
  makePlace(dirname(path));
  return translating(path, () => prepare(new Database(path, { timeout: BUSY_MS }), path));
}

/**
 * For readers: what `openDatabase` gives, but a database that is not there yet is empty and stays absent, and one that
 * this user may only read is read.
 */
export function openDatabaseIfPresent(path: string): Connection {
  if (inspectTarget(path) === undefined) return prepare(new Database(':memory:'), path);
  try {
    return openDatabase(path);
  } catch (error) {
    if (!(error instanceof DatabaseFault) || !/^STORE_(READ_ONLY|PERMISSION)$/.test(error.code)) throw error;
    return translating(path, () => openReadOnly(path) ?? openCopy(path)) ?? raise(error);
  }
}

/** Beside a living writer, whose log is there to be read. */
function openReadOnly(path: string): Connection | undefined {
  let database: Connection | undefined;
  try {
    database = new Database(path, { readonly: true, timeout: BUSY_MS });
    refuseOthers(database, path);
    if (versionOf(database) === MIGRATIONS.length) return database;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  database?.close();
  return undefined;
}

/**
 * SQLite does not read a database with a log where it may not make one. With nobody writing there is no log, and the
 * file is all there is: it is read into memory, said there to be without one.
 */
function openCopy(path: string): Connection | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    if ((inspectTarget(`${path}-wal`)?.size ?? 0) > 0) return undefined;
    const before = fileStamp(path);
    const content = readFile(path);
    if (fileStamp(path) !== before) continue;
    content.fill(1, FORMAT_VERSIONS.start, FORMAT_VERSIONS.end);
    return prepare(new Database(content), path);
  }
  return undefined;
}

function raise(error: unknown): never {
  throw error;
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
