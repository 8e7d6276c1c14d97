import { runAtOnce, type Steps } from '../../platform/interruptible.ts';
import { type Connection, openMemoryDatabase } from './database.ts';
import { CacheStatements } from './statements.ts';

/** A change of the cached indexes. */
export interface Change {
  /** Checks whether there is still something to change: another process may have done it before this one had the lock. */
  isNeeded(current: CacheStatements): boolean;
  /** May throw; nothing is changed then. @returns the steps of a long change */
  apply(database: Connection): Steps<void> | undefined;
}

/** The location of the cached indexes: a file or memory. */
export interface CacheStorage extends Disposable {
  /** The content, which remains the same until `rewrite`, except for numbers that are changed in place. */
  readonly current: CacheStatements;
  /** Excludes other changes. @throws CacheNotWritable, also if the lock is not free within the time */
  lock(timeoutMs: number): Promise<Disposable>;
  /** Applies a change atomically. The caller holds the lock. @throws CacheNotWritable, CacheFailure, and what `apply` throws */
  rewrite(change: Change): Promise<void>;
  /** Changes a number in place. The caller holds the lock. @throws CacheNotWritable */
  update(sql: string, ...values: readonly unknown[]): void;
}

/** Cached indexes that exist as long as the process. */
export class MemoryStorage implements CacheStorage {
  readonly current = new CacheStatements(openMemoryDatabase());

  async lock(): Promise<Disposable> {
    return { [Symbol.dispose]: () => {} };
  }

  /** The change is not interrupted: other lookups of the process would see its parts. */
  async rewrite({ isNeeded, apply }: Change): Promise<void> {
    const { database } = this.current;
    if (!isNeeded(this.current)) return;
    const change = () => {
      const steps = apply(database);
      if (steps !== undefined) runAtOnce(steps);
    };
    database.transaction(change).immediate();
  }

  update(sql: string, ...values: readonly unknown[]): void {
    this.current.prepare(sql).run(...values);
  }

  [Symbol.dispose](): void {
    this.current[Symbol.dispose]();
  }
}
