import Database from 'better-sqlite3';
import { inspect } from './files.ts';
import { translated } from './sqlite-fault.ts';

/**
 * A lock that the system drops when its process dies, on every platform: an exclusive SQLite transaction on a file of its
 * own. The file means nothing by itself and may be left behind.
 */
export class ExclusiveLock implements Disposable {
  readonly #connection: Database.Database;

  private constructor(connection: Database.Database) {
    this.#connection = connection;
  }

  /** The lock, or `undefined` while somebody else holds it. Never waits. @throws DatabaseFault */
  static tryAcquire(path: string): ExclusiveLock | undefined {
    let connection: Database.Database | undefined;
    try {
      connection = new Database(path, { timeout: 0 });
      connection.exec('BEGIN EXCLUSIVE');
      // Whoever cleans up may have unlinked the file between our opening and our locking it.
      if (inspect(path) !== undefined) return new ExclusiveLock(connection);
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
