/** Locks on a file that the system releases when the process dies, on every platform: SQLite transactions. */
import Database from 'better-sqlite3';
import { removeFile } from '../files/entries.ts';
import { inspect } from '../files/inspect.ts';
import { translateSqliteError } from '../sqlite/database-error.ts';
import { type Connection, openSqlite } from '../sqlite/sqlite.ts';

/**
 * Begins a transaction on a lock file. Returns `undefined` if another process holds a conflicting lock, or if a cleanup has
 * unlinked the file between opening and locking it.
 */
function tryBegin(path: string, sql: string): Connection | undefined {
  let connection: Connection | undefined;
  try {
    connection = openSqlite(path, { timeout: 0 });
    connection.exec(sql);
    if (inspect(path) !== undefined) return connection;
    connection.close();
    return undefined;
  } catch (error) {
    connection?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw translateSqliteError(path, error);
  }
}

/** An exclusive SQLite transaction on a lock file. The file has no content and may remain after its process has ended. */
export class ExclusiveLock implements Disposable {
  readonly #connection: Connection;
  readonly #path: string;

  private constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** Returns the lock, or `undefined` while another process holds it. Never waits. @throws DatabaseError */
  static tryAcquire(path: string): ExclusiveLock | undefined {
    // Nothing is written, so a journal in memory saves creating and deleting a file each time.
    const connection = tryBegin(path, 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return connection && new ExclusiveLock(connection, path);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /**
   * Releases the lock and removes its file. The file is removed first: otherwise a waiting process could lock a file that is
   * then unlinked, while another locks a new file of the same name. Windows cannot remove an open file.
   * @throws FileError
   */
  releaseAndUnlink(): void {
    const removed = tryRemove(this.#path);
    this.#connection.close();
    if (!removed) removeFile(this.#path);
  }
}

function tryRemove(path: string): boolean {
  try {
    removeFile(path);
    return true;
  } catch {
    return false;
  }
}

/** The shared counterpart of `ExclusiveLock` on the same file: many processes may hold it while none holds the exclusive one. */
export class SharedLock implements Disposable {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns the lock, or `undefined` while another process holds the exclusive one. Never waits. @throws DatabaseError */
  static tryAcquire(path: string): SharedLock | undefined {
    // A transaction that has read keeps others from writing until it ends.
    const connection = tryBegin(path, 'BEGIN; SELECT count(*) FROM sqlite_schema');
    return connection && new SharedLock(connection);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
