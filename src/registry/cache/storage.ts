import { type Connection, openMemoryDatabase } from './database.ts';
import { CacheStatements } from './statements.ts';

/** A change of the cached indexes. */
export interface Change {
  /** Checks whether there is still something to change: another process may have done it before this one had the lock. */
  isNeeded(current: CacheStatements): boolean;
  /** May throw; nothing is changed then. */
  apply(database: Connection): void;
}

/** The location of the cached indexes: a file or memory. */
export interface CacheStorage extends Disposable {
  /** The content, which remains the same until `rewrite`, except for numbers that are changed in place. */
  readonly current: CacheStatements;
  /** Excludes other changes. @throws CacheNotWritable, also if the lock is not free within the time */
  lock(timeoutMs: number): Promise<Disposable>;
  /** Applies a change atomically. The caller holds the lock. @throws CacheNotWritable, CacheFailure, and what `apply` throws */
  rewrite(change: Change): void;
  /** Changes a number in place. The caller holds the lock. @throws CacheNotWritable */
  update(sql: string, ...values: readonly unknown[]): void;
}

/** Cached indexes that exist as long as the process. */
export class MemoryStorage implements CacheStorage {
  readonly current = new CacheStatements(openMemoryDatabase());

  async lock(): Promise<Disposable> {
    return { [Symbol.dispose]: () => {} };
  }

  rewrite({ isNeeded, apply }: Change): void {
    const { database } = this.current;
    if (isNeeded(this.current)) database.transaction(() => apply(database)).immediate();
  }

  update(sql: string, ...values: readonly unknown[]): void {
    this.current.prepare(sql).run(...values);
  }

  [Symbol.dispose](): void {
    this.current[Symbol.dispose]();
  }
}
