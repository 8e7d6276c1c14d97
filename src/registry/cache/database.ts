/**
 * The database of cached indexes, `indexes.db` in the cache directory (SPEC section 6). It is not a part of the store, so
 * the modules of this folder contain their own SQL. Its content can be downloaded again at any time, so there are no
 * migrations: an unusable file is deleted and recreated, and if that is impossible, an in-memory database is used. None of
 * this ever makes a command fail.
 */
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { reasonOf } from '../../errors.ts';
import { makeDirectory, removeFile } from '../../platform/files/entries.ts';
import { createPrivateFile } from '../../platform/files/private-files.ts';
import { ExclusiveLock } from '../../platform/locks/file-lock.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';

export type { Connection };

/** "ATIX", which identifies the database in the file's header. */
const APPLICATION_ID = 0x41544958;
/** Incremented with every change of the schema. */
const SCHEMA_VERSION = 1;
/** Longer than another process takes to import the largest index. */
const BUSY_MS = 30_000;

/**
 * `words` is a contentless full-text table whose rows index the entry with the same number. The tokenizer splits at
 * everything that is not a letter or a digit, so `bar` finds `foo-bar` and `foo_bar`. `rank` has the weight of each
 * column: the ref has the highest, then the label, the keywords, the description, and the names of components.
 */
const SCHEMA = `
  CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    digest TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    stamp TEXT,
    fetched_at INTEGER NOT NULL,
    packs INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL,
    ref TEXT NOT NULL,
    version TEXT NOT NULL,
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    runtimes TEXT NOT NULL,
    document TEXT NOT NULL,
    digest BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX entry_by_ref ON entry (source_id, ref);

  CREATE VIRTUAL TABLE words USING fts5 (
    ref, label, keywords, description, components,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO words (words, rank) VALUES ('rank', 'bm25(16.0, 8.0, 6.0, 2.0, 1.0)');
`;

/** A valid database that another program or another version of attune created. */
class ForeignDatabase extends Error {}

/**
 * Opens the database file.
 * @param note is called with a message if the file cannot be used or had to be recreated
 * @returns the file's database, or an in-memory one
 */
export function openCacheDatabase(path: string, note: (text: string) => void): Connection {
  try {
    return openFile(path);
  } catch (error) {
    try {
      if (isCorruption(error)) return recreate(path, reasonOf(error), note);
      return openInMemory(reasonOf(error), note);
    } catch (second) {
      return openInMemory(reasonOf(second), note);
    }
  }
}

/** Opens an empty database that exists as long as the process. */
export function openMemoryDatabase(): Connection {
  const database = openSqlite(':memory:');
  database.exec(SCHEMA);
  return database;
}

/** Checks whether an error is caused by the content of the file, and not by the disk or its permissions. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof ForeignDatabase) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|SCHEMA)/.test(error.code);
}

/** Checks whether an error comes from SQLite. */
export function isDatabaseError(error: unknown): error is Error {
  return error instanceof Database.SqliteError;
}

function openFile(path: string): Connection {
  createPrivateFile(path);
  const database = openSqlite(path, { timeout: BUSY_MS });
  try {
    if (!hasSchema(database)) createSchema(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function hasSchema(database: Connection): boolean {
  return (
    readPragma(database, 'user_version') === SCHEMA_VERSION && readPragma(database, 'application_id') === APPLICATION_ID
  );
}

function readPragma(database: Connection, name: string): unknown {
  return database.pragma(name, { simple: true });
}

/** @throws ForeignDatabase unless the database is empty */
function createSchema(database: Connection): void {
  database.pragma('journal_mode = WAL');
  const create = database.transaction(() => {
    // Another process may have created it while this one waited for the lock.
    if (hasSchema(database)) return;
    const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (tables !== 0) throw new ForeignDatabase('it was created by another program or another version of attune');
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  create.exclusive();
}

/**
 * Deletes and recreates the database. Only one process at a time may delete, and it checks the file again first: another
 * process may already have recreated it.
 */
function recreate(path: string, reason: string, note: (text: string) => void): Connection {
  using lock = lockRemoval(path);
  if (lock === undefined) return openInMemory('another attune process is recreating it', note);
  try {
    return openFile(path);
  } catch (error) {
    if (!isCorruption(error)) throw error;
  }
  remove(path);
  note(`The index cache '${path}' could not be read (${reason}) and was recreated.`);
  return openFile(path);
}

/** Deletes a database that turned out to be damaged after it had been opened. The caller has closed it. */
export function discardCacheDatabase(path: string): void {
  using lock = lockRemoval(path);
  if (lock !== undefined) remove(path);
}

function lockRemoval(path: string): ExclusiveLock | undefined {
  const locks = join(dirname(path), 'locks');
  makeDirectory(locks);
  return ExclusiveLock.tryAcquire(join(locks, 'indexes.lock'));
}

/** Removes the file itself last: until then no other process creates a WAL that belongs to its successor. */
function remove(path: string): void {
  for (const part of [`${path}-wal`, `${path}-shm`, path]) removeFile(part);
}

function openInMemory(reason: string, note: (text: string) => void): Connection {
  note(`The index cache cannot be used, so every command reads the indexes again: ${reason.replace(/\.$/, '')}.`);
  return openMemoryDatabase();
}
