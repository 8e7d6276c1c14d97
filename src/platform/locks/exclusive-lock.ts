import Database from 'better-sqlite3';
import { inspect, removeFile } from '../files/read.ts';
import { translated } from '../sqlite/database-error.ts';
import { type Connection, openSqlite } from '../sqlite/sqlite.ts';

/**
 * A lock that the system drops when its process dies, on every platform: an exclusive SQLite transaction on a file of its
 * own. The file means nothing by itself and may be left behind.
 */
export class ExclusiveLock implements Disposable {
  readonly #connection: Connection;
  readonly #path: string;

  private constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** The lock, or `undefined` while somebody else holds it. Never waits. @throws DatabaseFault */
  static tryAcquire(path: string): ExclusiveLock | undefined {
    let connection: Connection | undefined;
    try {
      connection = openSqlite(path, { timeout: 0 });
      // Nothing is ever written, so the journal that would be made and removed each time can be one in memory.
      connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      // Whoever cleans up may have unlinked the file between our opening and our locking it.
      if (inspect(path) !== undefined) return new ExclusiveLock(connection, path);
      connection.close();
      return undefined;
    } catch (error) {
      connection?.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
      throw translated(path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /**
   * Gives the lock up and takes its file away. The file goes first: who waits for the lock would otherwise get it on a file
   * that is then taken away from under them, and somebody else one of the same name. Windows removes no file that is open.
   * @throws FileFault
   */
  disposeWithFile(): void {
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
