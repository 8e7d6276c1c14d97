/**
 * Opens the store's database. A database that is damaged, of another program, of a newer attune, or empty despite existing
 * releases is rejected and left unchanged: a new one would have no rows for the releases, which would then be removed as
 * remains of a crash.
 */
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile, readStart } from '../../platform/files/read.ts';
import { ensureSharedFile } from '../../platform/files/shared-file.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';
import { layoutOf, makeStoreDirectory, refuseOccupied, refuseSpecialDatabase } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { APPLICATION_ID } from './backup-files.ts';
import { backUpBeforeMigration } from './copy-database.ts';
import { DatabaseLost, foreignDatabase, invalidVersion, newerDatabase, withStoreErrors } from './database-errors.ts';
import { MIGRATIONS } from './migrations.ts';

export type { Connection };

/** A reader holds its lock for one query and a writer for one commit. */
const BUSY_MS = 5000;
/** The header bytes that enable the write-ahead log: 2 with a log, 1 without. */
const FORMAT_VERSIONS = { start: 18, end: 20 };

/**
 * Opens the store's database for writing. Creates it if necessary, and migrates it after a backup. The caller holds the
 * writer lock, or no other process knows the file.
 * @throws DatabaseDamaged, DatabaseLost, DatabaseError if it belongs to another program or a newer attune, or cannot be read
 */
export function openDatabase(path: string, clock: Clock = systemClock): Connection {
  makeStoreDirectory(dirname(path));
  refuseLost(path, () => isMissing(path));
  // SQLite itself would create a file that a group cannot write to.
  ensureSharedFile(path);
  return withStoreErrors(layoutOf(dirname(path)), () => prepare(openSqlite(path, { timeout: BUSY_MS }), path, clock));
}

/**
 * Opens the store's database for reading. Neither creates nor changes a file, with one exception: the journal of a killed
 * writer is rolled back. Returns an empty database in memory if the file does not exist, and a migrated copy in memory of a
 * database of an earlier version, or of one in WAL mode, whose readers would create files.
 * @throws DatabaseDamaged, DatabaseLost, DatabaseError if it belongs to another program or a newer attune, or cannot be read
 */
export function openDatabaseForReading(path: string): Connection {
  refuseLost(path, () => isMissing(path));
  if (isMissing(path)) {
    refuseOccupied(dirname(path));
    return emptyDatabase();
  }
  return withStoreErrors(layoutOf(dirname(path)), () => {
    const current = openReadOnly(path);
    if (current !== undefined) return current;
    // The file is empty once its first transaction has been rolled back.
    return isMissing(path) ? openDatabaseForReading(path) : (openInMemory(path) ?? openWithLog(path));
  });
}

/** @returns `undefined` if the database is of an earlier version or in WAL mode */
function openReadOnly(path: string): Connection | undefined {
  if (usesLog(path)) return undefined;
  const database = rollBackJournal(path) ?? openSqlite(path, { readonly: true, timeout: BUSY_MS });
  try {
    if (refuseForeignDatabase(database, path).version === MIGRATIONS.length) return database;
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/**
 * Rolls back the transaction of a killed writer, which a read-only connection cannot do.
 * @returns an open connection, or `undefined` if there is no journal or it cannot be rolled back here
 */
function rollBackJournal(path: string): Connection | undefined {
  if (inspectTarget(`${path}-journal`) === undefined) return undefined;
  const database = openSqlite(path, { timeout: BUSY_MS, fileMustExist: true });
  try {
    schemaVersionOf(database);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && /^SQLITE_(READONLY|CANTOPEN)/.test(error.code)) return undefined;
    throw error;
  }
}

/** Reads the header (https://sqlite.org/fileformat.html, 1.3.3): an earlier attune used the write-ahead log. */
function usesLog(path: string): boolean {
  return readStart(path, FORMAT_VERSIONS.end)[FORMAT_VERSIONS.start] === 2;
}

/**
 * Reads the file into memory, and changes its header to the mode without a log.
 * @returns `undefined` while there is a log, or while other processes write to the file
 */
function openInMemory(path: string): Connection | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    if ((inspectTarget(`${path}-wal`)?.size ?? 0) > 0) return undefined;
    const before = fileStamp(path);
    const content = readFile(path);
    if (fileStamp(path) !== before || inspectTarget(`${path}-journal`) !== undefined) continue;
    content.fill(1, FORMAT_VERSIONS.start, FORMAT_VERSIONS.end);
    const database = openSqlite(content);
    return prepare(database, path, systemClock, () => tablesOf(database) === 0 && fileStamp(path) === before);
  }
  return undefined;
}

/** Opens a database with the log of an earlier attune, which may create files. */
function openWithLog(path: string): Connection {
  const database = openSqlite(path, { timeout: BUSY_MS, fileMustExist: true });
  try {
    refuseForeignDatabase(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Returns true for a missing or empty file. SQLite would discard the log next to such a file when opening it. */
function isMissing(path: string): boolean {
  return (inspectTarget(path)?.size ?? 0) === 0;
}

/**
 * Rejects a missing database if there are releases. Checks the database again after listing them, because a first
 * installation creates the database before its release.
 * @throws DatabaseLost, UnusableDirectory
 */
function refuseLost(path: string, isEmpty: () => boolean): void {
  refuseSpecialDatabase(path);
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

function prepare(
  database: Connection,
  path: string,
  clock: Clock,
  isEmpty = () => tablesOf(database) === 0,
): Connection {
  try {
    const { tables, version } = refuseForeignDatabase(database, path);
    if (tables === 0) refuseLost(path, isEmpty);
    useRollbackJournal(database);
    // Also flushes the directory after the deletion of the journal: otherwise a power cut could undo a commit.
    database.exec('PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON');
    if (version < MIGRATIONS.length) migrate(database, version, path, clock);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Leaves the WAL mode of earlier versions, which requires that no other process has the database open; otherwise the mode
 * changes the next time.
 */
function useRollbackJournal(database: Connection): void {
  try {
    database.pragma('journal_mode = DELETE');
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
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
  if (version < 0) throw invalidVersion(path, version);
  return { tables, version };
}

/** Lists the columns of each table, without those of SQLite itself. */
const COLUMNS = `
  SELECT entry.name || '.' || field.name FROM sqlite_schema AS entry, pragma_table_info(entry.name) AS field
  WHERE entry.type = 'table' AND entry.name NOT LIKE 'sqlite_%' ORDER BY 1`;

/** Returns whether a database has exactly the tables and columns of a schema version. */
function hasColumnsOf(version: number, database: Connection): boolean {
  const columnsOf = (one: Connection) => one.prepare<[], string>(COLUMNS).pluck().all().join(' ');
  const expected = openSqlite(':memory:');
  try {
    expected.exec(MIGRATIONS.slice(0, version).join(';'));
    return columnsOf(database) === columnsOf(expected);
  } finally {
    expected.close();
  }
}

function migrate(database: Connection, before: number, path: string, clock: Clock): void {
  // A backup of a damaged database would replace a good one.
  if (!hasColumnsOf(before, database)) throw invalidVersion(path, before);
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
