/**
 * Cached indexes in a file that is not changed while it is read: a change is made to a copy, which then replaces the file.
 * A reader that has the file open keeps it, and neither needs a lock nor creates a file. A killed process leaves at most
 * the copy, which the next change removes.
 */
import { reasonOf } from '../../errors.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { changeMode } from '../../platform/files/permissions.ts';
import { publishPrivateFile } from '../../platform/files/private-files.ts';
import { ensureSharedFile } from '../../platform/files/shared-file.ts';
import { removeStaleSiblings, temporarySibling } from '../../platform/files/temporary-sibling.ts';
import { runInterruptibly } from '../../platform/interruptible.ts';
import {
  type Connection,
  copyDatabase,
  isCorruption,
  openForImport,
  openForReading,
  openForUpdate,
  openMemoryDatabase,
  UnusableDatabase,
} from './database.ts';
import { CacheFailure, toNotWritable } from './errors.ts';
import { lockCache } from './lock.ts';
import { removeAuxiliaryFiles } from './remove.ts';
import { CacheStatements } from './statements.ts';
import type { CacheStorage, Change } from './storage.ts';

/** How long a change in place waits for readers, each of which holds its lock for one query. */
const UPDATE_BUSY_MS = 1000;

export class FileStorage implements CacheStorage {
  readonly #path: string;
  readonly #note: (text: string) => void;
  #current: CacheStatements;

  /** @param note is called with a message if the file cannot be read, or was recreated */
  constructor(path: string, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
    this.#current = this.#open();
  }

  get current(): CacheStatements {
    return this.#current;
  }

  lock(timeoutMs: number): Promise<Disposable> {
    return lockCache(this.#path, timeoutMs);
  }

  async rewrite(change: Change): Promise<void> {
    try {
      removeStaleSiblings(this.#path);
      await this.#replaceByCopy(temporarySibling(this.#path), change);
    } catch (error) {
      throw toNotWritable(error);
    }
  }

  update(sql: string, ...values: readonly unknown[]): void {
    let database: Connection | undefined;
    try {
      database = openForUpdate(this.#path, UPDATE_BUSY_MS);
      database?.prepare(sql).run(...values);
    } catch (error) {
      throw toNotWritable(error);
    } finally {
      database?.close();
    }
  }

  [Symbol.dispose](): void {
    this.#current[Symbol.dispose]();
  }

  async #replaceByCopy(temporary: string, change: Change): Promise<void> {
    try {
      const { isNeeded, damage } = copyIfNeeded(this.#path, temporary, change);
      if (isNeeded) await applyTo(temporary, change);
      this.#reopen(() => {
        if (isNeeded) publish(temporary, this.#path);
      });
      if (isNeeded && damage !== undefined) {
        this.#note(`The index cache '${this.#path}' could not be read (${damage}) and was recreated.`);
      }
    } finally {
      removeFile(temporary);
    }
  }

  #open(): CacheStatements {
    let database: Connection | undefined;
    try {
      database = openForReading(this.#path);
    } catch (error) {
      // A file of another program or version is replaced by the next change.
      const isReplaceable = error instanceof UnusableDatabase && error.kind !== 'unreadable';
      if (!isReplaceable) this.#note(`The index cache is not used: ${reasonOf(error)}.`);
    }
    return new CacheStatements(database ?? openMemoryDatabase());
  }

  /** Continues with the file that `replace` provides. Closes the old one first: Windows cannot replace an open file. */
  #reopen(replace: () => void): void {
    this.#current[Symbol.dispose]();
    try {
      replace();
    } finally {
      this.#current = this.#open();
    }
  }
}

/** The outcome of `copyIfNeeded`. */
interface Copy {
  readonly isNeeded: boolean;
  /** Why the new file is empty, unless there was no database or only one of an earlier version. */
  readonly damage?: string;
}

/** Copies the database to a new file, which is empty if there is no database or it cannot be read. */
function copyIfNeeded(path: string, to: string, change: Change): Copy {
  try {
    return { isNeeded: copyFrom(openForReading(path) ?? openMemoryDatabase(), to, change) };
  } catch (error) {
    const cause = error instanceof CacheFailure ? error.cause : error;
    if (!isCorruption(cause)) throw cause;
    removeFile(to);
    const isNeeded = copyFrom(openMemoryDatabase(), to, change);
    const isOutdated = cause instanceof UnusableDatabase && cause.kind === 'outdated';
    return isOutdated ? { isNeeded } : { isNeeded, damage: reasonOf(cause) };
  }
}

/** @returns false if the change is not needed; then there is no copy */
function copyFrom(database: Connection, to: string, { isNeeded }: Change): boolean {
  using current = new CacheStatements(database);
  if (!isNeeded(current)) return false;
  ensureSharedFile(to);
  changeMode(to, 0o600);
  copyDatabase(database, to);
  return true;
}

/** Nothing is flushed until the file is complete. A change that fails leaves a file that is removed. */
async function applyTo(path: string, { apply }: Change): Promise<void> {
  const database = openForImport(path);
  try {
    database.prepare('BEGIN IMMEDIATE').run();
    const steps = apply(database);
    if (steps !== undefined) await runInterruptibly(steps);
    database.prepare('COMMIT').run();
  } finally {
    database.close();
  }
}

function publish(temporary: string, path: string): void {
  removeAuxiliaryFiles(path);
  publishPrivateFile(temporary, path);
}
