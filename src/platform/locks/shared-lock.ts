import Database from 'better-sqlite3';
import { inspect } from '../files/read.ts';
import { translated } from '../sqlite/database-error.ts';
import { openSqlite } from '../sqlite/sqlite.ts';

/**
 * The other side of `ExclusiveLock`, on the same file: any number of processes may hold it at once, and as long as one of
 * them does, nobody has the exclusive one. The system drops it when its process dies.
 */
export class SharedLock implements Disposable {
  readonly #connection: Database.Database;

  private constructor(connection: Database.Database) {
    this.#connection = connection;
  }

  /** The lock, or `undefined` while somebody holds the exclusive one. Never waits. @throws DatabaseFault */
  static tryAcquire(path: string): SharedLock | undefined {
    let connection: Database.Database | undefined;
    try {
      connection = openSqlite(path, { timeout: 0 });
      // A transaction that has read something keeps others from writing until it ends.
      connection.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
      // Whoever cleans up may have unlinked the file between our opening and our locking it.
      if (inspect(path) !== undefined) return new SharedLock(connection);
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
}
