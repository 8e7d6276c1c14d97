/**
 * Locks on a file that the system releases when the process dies, on every platform: SQLite transactions on an empty file.
 *
 * A lock file may be permanent, or transient: created by the first process that wants it and removed by the holder before
 * it releases the lock. For transient files a lock is only valid if the path still leads to the locked file: another
 * process may have removed that file, and a third one may have created and locked a new file of the same name.
 */
import Database from 'better-sqlite3';
import { removeFile } from '../files/entries.ts';
import { translateSqliteError } from '../sqlite/database-error.ts';
import { type Connection, openSqlite } from '../sqlite/sqlite.ts';
import { IdentifiedFile } from './identified-file.ts';

export type LockMode = 'exclusive' | 'shared';

/** More attempts than other processes spoil, unless the file system reports unstable inodes. */
const MAX_ATTEMPTS = 100;

const STATEMENTS: Readonly<Record<LockMode, string>> = {
  // Nothing is written, so a journal in memory saves creating and deleting a file each time.
  exclusive: 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE',
  // A transaction that has read keeps others from writing until it ends.
  shared: 'BEGIN; SELECT count(*) FROM sqlite_schema',
};

export interface LockOptions {
  /** False to lock only an existing file, as a process does that cleans up or inspects. */
  readonly create?: boolean;
  /** Lets every user who can reach the file lock it, regardless of the umask of the process that creates it. */
  readonly anyUser?: boolean;
}

/** A lock that one process (`exclusive`) or several processes (`shared`) hold until they dispose of it. */
export class FileLock implements Disposable {
  readonly #connection: Connection;
  readonly #file: IdentifiedFile;
  readonly #path: string;

  private constructor(connection: Connection, file: IdentifiedFile, path: string) {
    this.#connection = connection;
    this.#file = file;
    this.#path = path;
  }

  /**
   * Locks a file. Never waits.
   * @param path in an existing directory
   * @returns `undefined` while another process holds a conflicting lock, or if the file is missing and not created
   * @throws FileError, DatabaseError
   */
  static tryAcquire(
    path: string,
    mode: LockMode,
    { create = true, anyUser = false }: LockOptions = {},
  ): FileLock | undefined {
    const writable = mode === 'exclusive';
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const file = create
        ? IdentifiedFile.openOrCreate(path, writable, anyUser)
        : IdentifiedFile.openIfPresent(path, writable);
      if (file === undefined) return undefined;
      const lock = FileLock.#tryLock(file, path, mode);
      // If another process removed the file in the meantime, its successor is tried.
      if (lock !== 'removed') return lock;
    }
    return undefined;
  }

  /**
   * Creates a file and locks it exclusively. Never waits. Unlike `tryAcquire`, creates the file at most once, so that a
   * process that finds it missing knows that it stays missing.
   * @param path in an existing directory
   * @returns `undefined` if the file exists, or if another process has locked or removed the new file
   * @throws FileError, DatabaseError
   */
  static tryCreate(path: string): FileLock | undefined {
    const file = IdentifiedFile.create(path);
    const lock = file && FileLock.#tryLock(file, path, 'exclusive');
    return lock === 'removed' ? undefined : lock;
  }

  /** @returns `undefined` while another process holds a conflicting lock, `removed` if the path leads elsewhere meanwhile */
  static #tryLock(file: IdentifiedFile, path: string, mode: LockMode): FileLock | 'removed' | undefined {
    let connection: Connection | undefined;
    try {
      connection = tryBegin(path, mode);
    } catch (error) {
      // If another process has removed the file, SQLite could not open it.
      if (file.isAt(path)) {
        file.close();
        throw translateSqliteError(path, error);
      }
    }
    const isCurrent = file.isAt(path);
    if (isCurrent && connection !== undefined) return new FileLock(connection, file, path);
    connection?.close();
    file.close();
    return isCurrent ? undefined : 'removed';
  }

  /** Releases the lock. The file remains. */
  [Symbol.dispose](): void {
    this.#connection.close();
    this.#file.close();
  }

  /**
   * Removes the file, then releases the lock: a process that waits for the lock finds that the path no longer leads to its
   * file. Windows cannot remove an open file; there the file is removed afterwards, unless another process has opened it.
   * @throws FileError; the lock is then released
   */
  releaseAndRemove(): void {
    try {
      if (process.platform !== 'win32') removeFile(this.#path);
    } finally {
      this[Symbol.dispose]();
    }
    if (process.platform === 'win32') removeIfUnused(this.#path);
  }
}

function removeIfUnused(path: string): void {
  try {
    removeFile(path);
  } catch {
    // Another process has opened the file; the next holder of its lock removes it.
  }
}

/** @returns `undefined` if another process holds a conflicting lock @throws SqliteError */
function tryBegin(path: string, mode: LockMode): Connection | undefined {
  let connection: Connection | undefined;
  try {
    connection = openSqlite(path, { timeout: 0, fileMustExist: true });
    connection.exec(STATEMENTS[mode]);
    return connection;
  } catch (error) {
    connection?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
}
