/**
 * The database of cached indexes, `indexes.db` in the cache directory (SPEC section 6). It is not a part of the store, so
 * the modules of this folder contain their own SQL. Its content can be downloaded again at any time, so there are no
 * migrations: a file of another version is replaced by the next import (`file-storage.ts`).
 */
import Database from 'better-sqlite3';
import { FileError } from '../../platform/files/file-error.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readStart } from '../../platform/files/read.ts';
import { type Connection, openSqlite } from '../../platform/sqlite/sqlite.ts';

export type { Connection };

/** "ATIX", which identifies the database in the file's header. */
const APPLICATION_ID = 0x41544958;
/**
 * Incremented with every change of the schema or of what an entry's `document` holds. Version 1 used the write-ahead log,
 * version 2 lacked `yanked` for the entry itself, version 3 lacked invalid entries.
 */
const SCHEMA_VERSION = 4;
/** Longer than another process takes to change a number in the file. */
const BUSY_MS = 5000;

/**
 * `invalid_entry` has the entries that cannot be used, one row for each ref. `words` is a contentless full-text table whose rows index the entry with the same number. The tokenizer splits at
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
    packs INTEGER NOT NULL,
    invalid INTEGER NOT NULL
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

  CREATE TABLE invalid_entry (
    source_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    ref TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (source_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invalid_by_ref ON invalid_entry (source_id, ref);

  CREATE VIRTUAL TABLE words USING fts5 (
    ref, label, keywords, description, components,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO words (words, rank) VALUES ('rank', 'bm25(16.0, 8.0, 6.0, 2.0, 1.0)');

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The file is not a readable cache database of this version. */
export class UnusableDatabase extends Error {
  readonly kind: 'unreadable' | 'outdated' | 'foreign';

  constructor(kind: UnusableDatabase['kind'], reason: string) {
    super(reason);
    this.kind = kind;
  }
}

/** Fields of the file header (https://sqlite.org/fileformat.html, 1.3). */
const HEADER = { bytes: 72, magic: 'SQLite format 3\0', readVersion: 19, userVersion: 60, applicationId: 68 };
/** The `readVersion` of a database with a write-ahead log, for which even a reader creates files. */
const WRITE_AHEAD_LOG = 2;

/**
 * Opens the database file for reading, which neither creates nor changes a file.
 * @returns `undefined` if the file does not exist or is empty
 * @throws UnusableDatabase, SqliteError
 */
export function openForReading(path: string, busyMs = BUSY_MS): Connection | undefined {
  return checkHeader(path) ? openSqlite(path, { readonly: true, fileMustExist: true, timeout: busyMs }) : undefined;
}

/**
 * Opens the database file to change a number in place. That changes one page besides the header, which is not divided by
 * a kill, so there is no journal on the disk: it would concern processes that still read a predecessor of the file.
 * @returns `undefined` if the file does not exist or is empty
 * @throws UnusableDatabase, SqliteError
 */
export function openForUpdate(path: string, busyMs: number): Connection | undefined {
  if (!checkHeader(path)) return undefined;
  return configure(openSqlite(path, { fileMustExist: true, timeout: busyMs }));
}

/**
 * Opens a copy that no other process knows, for many changes. A crash in between makes the copy useless.
 * @throws SqliteError
 */
export function openForImport(path: string): Connection {
  return configure(openSqlite(path, { fileMustExist: true }));
}

/** Opens an empty database that exists as long as the process. */
export function openMemoryDatabase(): Connection {
  const database = openSqlite(':memory:');
  database.exec(SCHEMA);
  return database;
}

/** Copies a database to an empty file, in one transaction and without free pages. @throws SqliteError */
export function copyDatabase(database: Connection, to: string): void {
  database.pragma('synchronous = OFF');
  database.prepare('VACUUM INTO ?').run(to);
}

/** Checks whether an error is caused by the content of the file, and not by the disk or its permissions. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof UnusableDatabase) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|SCHEMA)/.test(error.code);
}

/** Checks whether an error comes from SQLite. */
export function isDatabaseError(error: unknown): error is Error {
  return error instanceof Database.SqliteError;
}

function configure(database: Connection): Connection {
  database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
  return database;
}

/**
 * Checks the file without SQLite, whose readers create files next to a database with a write-ahead log.
 * @returns whether there is a database
 * @throws UnusableDatabase
 */
function checkHeader(path: string): boolean {
  const header = readHeader(path);
  if (header.length === 0) return false;
  if (header.length < HEADER.bytes || header.toString('latin1', 0, HEADER.magic.length) !== HEADER.magic) {
    throw new UnusableDatabase('foreign', 'file is not a database');
  }
  const isOurs = header.readUInt32BE(HEADER.applicationId) === APPLICATION_ID;
  const version = header.readUInt32BE(HEADER.userVersion);
  if (isOurs && version < SCHEMA_VERSION) {
    throw new UnusableDatabase('outdated', 'it was created by an earlier version of attune');
  }
  if (!isOurs || version > SCHEMA_VERSION || header[HEADER.readVersion] === WRITE_AHEAD_LOG) {
    throw new UnusableDatabase('foreign', 'it was created by another program or another version of attune');
  }
  return true;
}

/** @returns no bytes if the file does not exist @throws UnusableDatabase */
function readHeader(path: string): Buffer {
  try {
    const status = inspectTarget(path);
    if (status === undefined) return Buffer.alloc(0);
    if (status.kind === 'file') return readStart(path, HEADER.bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // Another process has removed it in the meantime.
    if (error.family === 'NOT_FOUND') return Buffer.alloc(0);
    throw new UnusableDatabase('unreadable', error.message.replace(/\.$/, ''));
  }
  throw new UnusableDatabase('unreadable', `'${path}' is not a regular file`);
}
