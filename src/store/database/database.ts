/**
 * Opens the store's database. A database that is damaged, of another program, of a newer attune, or empty despite existing
 * releases is rejected and left unchanged: a new one would have no rows for the releases, which would then be removed as
 * remains of a crash.
 */
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';
import { layoutOf, makeStoreDirectory } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { APPLICATION_ID } from './backup-files.ts';
import { backUpBeforeMigration } from './copy-database.ts';
import { DatabaseLost, foreignDatabase, newerDatabase, withStoreErrors } from './database-errors.ts';
import { MIGRATIONS } from './migrations.ts';

export type { Connection };

const BUSY_MS = 5000;
/** The header bytes that enable the write-ahead log: 2 with a log, 1 without. */
const FORMAT_VERSIONS = { start: 18, end: 20 };

/**
 * Opens the store's database. Creates it if necessary, and migrates it after a backup.
 * @throws DatabaseDamaged, DatabaseLost, DatabaseError if it belongs to another program or a newer attune, or cannot be read
 */
export function openDatabase(path: string, clock: Clock = systemClock): Connection {
  makeStoreDirectory(dirname(path));
  refuseLost(path, () => isMissing(path));
  return withStoreErrors(layoutOf(dirname(path)), () => prepare(openSqlite(path, { timeout: BUSY_MS }), path, clock));
}

/**
 * Opens the database for readers. Unlike `openDatabase`, returns an empty database in memory if the file does not exist, and
 * opens the file read-only if permissions or a full disk prevent writing.
 */
export function openDatabaseIfPresent(path: string): Connection {
  refuseLost(path, () => isMissing(path));
  if (inspectTarget(path) === undefined) return emptyDatabase();
  try {
    return openDatabase(path);
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^STORE_(READ_ONLY|PERMISSION|FULL|IO)$/.test(error.code)) throw error;
    return withStoreErrors(layoutOf(dirname(path)), () => openReadOnly(path) ?? openInMemory(path)) ?? raise(error);
  }
}

/** Works while a writer is running, whose log is then readable. @returns `undefined` if SQLite refuses */
function openReadOnly(path: string): Connection | undefined {
  let database: Connection | undefined;
  try {
    database = openSqlite(path, { readonly: true, timeout: BUSY_MS });
    refuseForeignDatabase(database, path);
    if (schemaVersionOf(database) === MIGRATIONS.length) return database;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  database?.close();
  return undefined;
}

/**
 * SQLite does not open a database in WAL mode if it cannot create a log. Without a writer there is no log, and the file is
 * complete: it is read into memory, and its header is changed to the mode without a log.
 */
function openInMemory(path: string): Connection | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    if ((inspectTarget(`${path}-wal`)?.size ?? 0) > 0) return undefined;
    const before = fileStamp(path);
    const content = readFile(path);
    if (fileStamp(path) !== before) continue;
    content.fill(1, FORMAT_VERSIONS.start, FORMAT_VERSIONS.end);
    return prepare(openSqlite(content), path, systemClock);
  }
  return undefined;
}

function raise(error: unknown): never {
  throw error;
}

/** Returns true for a missing or empty file. SQLite would discard the log next to such a file when opening it. */
function isMissing(path: string): boolean {
  return (inspectTarget(path)?.size ?? 0) === 0;
}

/**
 * Rejects a missing database if there are releases. Checks the database again after listing them, because a first
 * installation creates the database before its release.
 * @throws DatabaseLost
 */
function refuseLost(path: string, isEmpty: () => boolean): void {
  if (!isEmpty()) return;
  const layout = layoutOf(dirname(path));
  const releases = listReleases(layout).length;
  if (releases > 0 && isEmpty()) throw new DatabaseLost(layout, releases);
}

/** Returns a new database in memory. Uses a single call, since this is on the path of every short command. */
function emptyDatabase(): Connection {
  const database = openSqlite(':memory:');
  database.exec(`BEGIN; ${MIGRATIONS.join(';')}; PRAGMA user_version = ${MIGRATIONS.length};
    PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  return database;
}

function prepare(database: Connection, path: string, clock: Clock): Connection {
  try {
    const { tables, version } = refuseForeignDatabase(database, path);
    if (!database.memory && tables === 0) refuseLost(path, () => tablesOf(database) === 0);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    if (version < MIGRATIONS.length) migrate(database, version, path, clock);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export function schemaVersionOf(database: Connection): number {
  return database.pragma('user_version', { simple: true }) as number;
}

function tablesOf(database: Connection): number {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
}

/** Reads all values in one statement, because another process may be creating the tables concurrently. */
const OWNER_AND_CONTENT = `
  SELECT application_id AS owner, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_application_id, pragma_user_version`;

/** @throws DatabaseError if the database belongs to another program or a newer attune */
export function refuseForeignDatabase(
  database: Connection,
  path: string,
): { readonly tables: number; readonly version: number } {
  type Row = { owner: number; version: number; tables: number };
  const { owner, version, tables } = database.prepare(OWNER_AND_CONTENT).get() as Row;
  if (owner !== APPLICATION_ID && (owner !== 0 || tables > 0)) throw foreignDatabase(path);
  if (version > MIGRATIONS.length) throw newerDatabase(path, version);
  return { tables, version };
}

function migrate(database: Connection, before: number, path: string, clock: Clock): void {
  if (before > 0 && !database.memory) backUpBeforeMigration(database, layoutOf(dirname(path)), before, clock);
  const steps = database.transaction(() => {
    // Another process may have migrated the database while this one waited for the lock.
    for (let version = schemaVersionOf(database); version < MIGRATIONS.length; version++) {
      database.exec(MIGRATIONS[version] as string);
      database.pragma(`user_version = ${version + 1}`);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
  });
  steps.exclusive();
}
