/**
 * The file in which indexes are kept once they were read, `indexes.db` in the cache directory (SPEC section 6). It is no
 * part of the store, so the files named `index-cache` have SQL of their own: whatever is in here can be had again at any
 * time, which is why there are no migrations. A file that this attune cannot use is thrown away and made anew, and where
 * that cannot be done either, the memory has to do. None of this ever stops a command.
 */
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { reasonOf } from '../../errors.ts';
import { makeDirectory, removeFile } from '../../platform/files/entries.ts';
import { createPrivateFile } from '../../platform/files/private-files.ts';
import { ExclusiveLock } from '../../platform/locks/exclusive-lock.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';

export type { Connection };

/** "ATIX": says in the file's header whose database it is. */
const APPLICATION_ID = 0x41544958;
/** Another number is another layout. */
const SCHEMA_VERSION = 1;
/** Longer than it takes another process to import the largest of indexes. */
const BUSY_MS = 30_000;

/**
 * `words` has no content of its own: a row there is the words of the entry with the same number. The tokenizer breaks at
 * everything that is no letter and no digit, so `bar` finds `foo-bar` and `foo_bar`. How much a column counts stands in
 * `rank`: the ref most, then the label, the keywords, the description, and the names of components.
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

/** A database that is sound and yet none that this attune can read. */
class ForeignDatabase extends Error {}

/**
 * @param note is told where the file cannot be used or had to be made anew
 * @returns the file's database, or one in memory
 */
export function openCacheDatabase(path: string, note: (text: string) => void): Connection {
  try {
    return openFile(path);
  } catch (error) {
    try {
      if (isCorruption(error)) return openAnew(path, reasonOf(error), note);
      return openInMemory(reasonOf(error), note);
    } catch (second) {
      return openInMemory(reasonOf(second), note);
    }
  }
}

/** A database that begins empty and goes with the process. */
export function openMemoryDatabase(): Connection {
  const database = openSqlite(':memory:');
  database.exec(SCHEMA);
  return database;
}

/** The content is at fault, and not the disk or the rights over it. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof ForeignDatabase) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|SCHEMA)/.test(error.code);
}

/** Whether SQLite, and not attune, is why something failed. */
export function isDatabaseError(error: unknown): error is Error {
  return error instanceof Database.SqliteError;
}

function openFile(path: string): Connection {
  createPrivateFile(path);
  const database = openSqlite(path, { timeout: BUSY_MS });
  try {
    if (readPragma(database, 'user_version') !== SCHEMA_VERSION || !isOurs(database)) prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function readPragma(database: Connection, name: string): unknown {
  return database.pragma(name, { simple: true });
}

function isOurs(database: Connection): boolean {
  return readPragma(database, 'application_id') === APPLICATION_ID;
}

/** @throws ForeignDatabase unless the database is empty */
function prepare(database: Connection): void {
  database.pragma('journal_mode = WAL');
  const make = database.transaction(() => {
    // Another process may have made it while this one waited for its turn.
    if (isOurs(database) && readPragma(database, 'user_version') === SCHEMA_VERSION) return;
    const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (tables !== 0) throw new ForeignDatabase('another program or another version of attune made it');
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  make.exclusive();
}

/** One process at a time throws away, and looks again before it does: what is there by now may be another's new one. */
function openAnew(path: string, why: string, note: (text: string) => void): Connection {
  using lock = lockRemoval(path);
  if (lock === undefined) return openInMemory('another attune is making it anew', note);
  try {
    return openFile(path);
  } catch (error) {
    if (!isCorruption(error)) throw error;
  }
  remove(path);
  note(`The cache of indexes '${path}' could not be read (${why}) and is made anew.`);
  return openFile(path);
}

/** Throws away a database whose damage was met after it had been opened. The caller has closed it. */
export function discardCacheDatabase(path: string): void {
  using lock = lockRemoval(path);
  if (lock !== undefined) remove(path);
}

function lockRemoval(path: string): ExclusiveLock | undefined {
  const locks = join(dirname(path), 'locks');
  makeDirectory(locks);
  return ExclusiveLock.tryAcquire(join(locks, 'indexes.lock'));
}

/** The file itself goes last: until then nobody else makes a log that belongs to its successor. */
function remove(path: string): void {
  for (const part of [`${path}-wal`, `${path}-shm`, path]) removeFile(part);
}

function openInMemory(why: string, note: (text: string) => void): Connection {
  note(`The cache of indexes cannot be used, so indexes are read anew each time: ${why.replace(/\.$/, '')}.`);
  return openMemoryDatabase();
}
