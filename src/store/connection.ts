import { AttuneError } from '../errors.ts';
import { type LockTools, tryLockForCleanup } from '../platform/locks/wait-for-lock.ts';
import { type Connection, openDatabase, openDatabaseForReading } from './database/database.ts';
import { toStoreError, withStoreErrors } from './database/database-errors.ts';
import { type Layout, writerLockTarget } from './layout.ts';
import { needsReconciling, reconcile } from './releases/reconcile.ts';
import { hasStagingEntries, removeOrphanedStaging } from './staging.ts';

/** The database connection of a store. It is opened on first use, and errors are translated to those of the store. */
export class StoreConnection implements Disposable {
  readonly #layout: Layout;
  readonly #tools: Pick<LockTools, 'clock' | 'environment'>;
  #connection: Connection | undefined;

  constructor(layout: Layout, tools: Pick<LockTools, 'clock' | 'environment'>) {
    this.#layout = layout;
    this.#tools = tools;
  }

  /** Runs a query on the database, which may be absent. */
  read<T>(query: (database: Connection) => T): T {
    return withStoreErrors(this.#layout, () => query(this.#open()));
  }

  /** Runs an asynchronous operation on the database, which may be absent. */
  async readAsync<T>(query: (database: Connection) => T | Promise<T>): Promise<T> {
    return await this.#translateErrors(() => query(this.#open()));
  }

  /** Opens the database again under the writer lock, reconciles the directories and runs a change. */
  write<T>(change: (database: Connection) => T): T {
    return withStoreErrors(this.#layout, () => {
      this[Symbol.dispose]();
      this.#connection = openDatabase(this.#layout.database);
      reconcile(this.#connection, this.#layout);
      return change(this.#connection);
    });
  }

  /** Closes the connection and runs an operation that replaces the database. The next query opens the new one. */
  async whileClosed<T>(work: () => T | Promise<T>): Promise<T> {
    this[Symbol.dispose]();
    return await this.#translateErrors(work);
  }

  [Symbol.dispose](): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #translateErrors<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(this.#layout, error);
    }
  }

  #open(): Connection {
    this.#connection ??= this.#reconciled(openDatabaseForReading(this.#layout.database));
    return this.#connection;
  }

  /** Cleans up after a crash. Never waits for a running writer, and never fails: the database is complete in any case. */
  #reconciled(database: Connection): Connection {
    try {
      if (hasStagingEntries(this.#layout)) removeOrphanedStaging(this.#layout);
      if (database.memory || !needsReconciling(database, this.#layout)) return database;
      using lock = tryLockForCleanup(writerLockTarget(this.#layout), this.#tools);
      if (lock === undefined) return database;
      // Another process may have replaced the database, or reconciled the directories, before the lock was acquired.
      database.close();
      const current = openDatabase(this.#layout.database);
      try {
        reconcile(current, this.#layout);
      } finally {
        current.close();
      }
    } catch (error) {
      // Without write permission, the cleanup is left to a later command.
      if (!(error instanceof AttuneError)) throw error;
    }
    return database.open ? database : openDatabaseForReading(this.#layout.database);
  }
}
