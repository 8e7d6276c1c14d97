/**
 * Opening the store's database. One that is damaged, another program's, a newer attune's, or empty where there are
 * releases is refused and left as it is: a new one in its place would know of no release, and what no row names is
 * taken for the rest of a crash and removed.
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
import { DatabaseLost, foreignDatabase, withStoreErrors, newerDatabase } from './database-errors.ts';
import { MIGRATIONS } from './migrations.ts';

export type { Connection };

const BUSY_MS = 5000;
/** The bytes of the file's header that say whether there is a log: 2 with one, 1 without. */
const FORMAT_VERSIONS = { start: 18, end: 20 };

/**
 * Opens the store's database, creating it as needed, and migrating it once a copy was kept.
 * @throws DatabaseDamaged, DatabaseLost, DatabaseError when it is not attune's, was written by a newer attune or cannot
 * be read
 */
export function openDatabase(path: string, clock: Clock = systemClock): Connection {
  makeStoreDirectory(dirname(path));
  refuseLost(path, () => isMissing(path));
  return withStoreErrors(layoutOf(dirname(path)), () => prepare(openSqlite(path, { timeout: BUSY_MS }), path, clock));
}

/**
 * For readers: what `openDatabase` gives, but a database that is not there yet is empty and stays absent, and one that
 * can only be read, for want of a right or of space, is read.
 */
export function openDatabaseIfPresent(path: string): Connection {
  refuseLost(path, () => isMissing(path));
  if (inspectTarget(path) === undefined) return emptyDatabase();
  try {
    return openDatabase(path);
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^STORE_(READ_ONLY|PERMISSION|FULL|IO)$/.test(error.code)) throw error;
    return withStoreErrors(layoutOf(dirname(path)), () => openReadOnly(path) ?? openCopy(path)) ?? raise(error);
  }
}

/** Beside a living writer, whose log is there to be read. */
function openReadOnly(path: string): Connection | undefined {
  let database: Connection | undefined;
  try {
    database = openSqlite(path, { readonly: true, timeout: BUSY_MS });
    refuse(database, path);
    if (schemaVersionOf(database) === MIGRATIONS.length) return database;
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
    return prepare(openSqlite(content), path, systemClock);
  }
  return undefined;
}

function raise(error: unknown): never {
  throw error;
}

/** Nothing, or nothing in it: what is in a log beside such a file is lost the moment that SQLite opens it. */
function isMissing(path: string): boolean {
  return (inspectTarget(path)?.size ?? 0) === 0;
}

/**
 * A first installation makes the database before its release, so whoever sees a release and then still no database sees
 * one that lost it.
 * @throws DatabaseLost
 */
function refuseLost(path: string, isEmpty: () => boolean): void {
  if (!isEmpty()) return;
  const layout = layoutOf(dirname(path));
  const releases = listReleases(layout).length;
  if (releases > 0 && isEmpty()) throw new DatabaseLost(layout, releases);
}

/** As a database is that was just made, in the memory; in one call, for a reader waits for it. */
function emptyDatabase(): Connection {
  const database = openSqlite(':memory:');
  database.exec(`BEGIN; ${MIGRATIONS.join(';')}; PRAGMA user_version = ${MIGRATIONS.length};
    PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  return database;
}

function prepare(database: Connection, path: string, clock: Clock): Connection {
  try {
    const { tables, version } = refuse(database, path);
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

/** At one moment, for another process may be making the tables and the mark just now. */
const OWNER_AND_CONTENT = `
  SELECT application_id AS owner, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_application_id, pragma_user_version`;

/** @throws DatabaseError when another program or a newer attune made it */
export function refuse(
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
    // Another process may have migrated while this one waited for its turn.
    for (let version = schemaVersionOf(database); version < MIGRATIONS.length; version++) {
      database.exec(MIGRATIONS[version] as string);
      database.pragma(`user_version = ${version + 1}`);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
  });
  steps.exclusive();
}
