import { AttuneError } from '../errors.ts';
import { ExclusiveLock } from '../platform/locks/file-lock.ts';
import { type Connection, openDatabase, openDatabaseIfPresent } from './database/database.ts';
import { toStoreError, withStoreErrors } from './database/database-errors.ts';
import type { Layout } from './layout.ts';
import { needsReconciling, reconcile } from './releases/reconcile.ts';
import { removeOrphanedStaging } from './staging.ts';

/** The database connection of a store. It is opened on first use, and errors are translated to those of the store. */
export class StoreConnection implements Disposable {
  readonly #layout: Layout;
  #connection: Connection | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
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
    if (this.#connection === undefined) {
      this.#connection = openDatabaseIfPresent(this.#layout.database);
      this.#reconcileIfIdle(this.#connection);
    }
    return this.#connection;
  }

  /** Cleans up after a crashed writer. Never waits for a running one. */
  #reconcileIfIdle(database: Connection): void {
    try {
      // A killed first installation may have left staging directories and no database.
      if (database.memory) removeOrphanedStaging(this.#layout);
      if (database.memory || !needsReconciling(database, this.#layout)) return;
      using lock = ExclusiveLock.tryAcquire(this.#layout.writerLock);
      if (lock !== undefined) reconcile(database, this.#layout);
    } catch (error) {
      // A reader without write permission leaves the cleanup to a later command.
      if (!(error instanceof AttuneError)) throw error;
    }
  }
}
