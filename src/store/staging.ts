import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { exists, listDirectory, makeDirectory, removeFile, removeTree } from '../platform/files.ts';
import { ExclusiveLock } from './exclusive-lock.ts';
import type { Layout } from './layout.ts';

const LOCK_SUFFIX = '.lock';

/**
 * A private directory on the store's own file system in which one process prepares packs. It goes when it is disposed;
 * if the process dies first, its lock dies with it and the next repair knows the directory for an orphan.
 */
export class StagingArea implements Disposable {
  readonly path: string;
  readonly #lock: ExclusiveLock;
  readonly #lockFile: string;
  #subdirectories = 0;
  #disposed = false;

  private constructor(path: string, lock: ExclusiveLock, lockFile: string) {
    this.path = path;
    this.#lock = lock;
    this.#lockFile = lockFile;
  }

  static open(layout: Layout): StagingArea {
    makeDirectory(layout.staging);
    // A repair may catch the new lock file in the moment before it is locked; then another name is tried.
    for (let attempt = 0; attempt < 10; attempt++) {
      const path = join(layout.staging, randomUUID());
      const lock = ExclusiveLock.tryAcquire(path + LOCK_SUFFIX);
      if (lock === undefined) continue;
      makeDirectory(path);
      return new StagingArea(path, lock, path + LOCK_SUFFIX);
    }
    throw new AttuneError('STORE_LOCKED', `No staging directory could be made in '${layout.staging}'.`, { hint: 'Try again.' });
  }

  /** A path in here that nothing stands at yet. */
  newPath(): string {
    this.#subdirectories += 1;
    return join(this.path, String(this.#subdirectories));
  }

  /** A fresh, empty directory in here. */
  newDirectory(): string {
    const path = this.newPath();
    makeDirectory(path);
    return path;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    removeTree(this.path);
    this.#lock[Symbol.dispose]();
    removeFile(this.#lockFile);
  }
}

/** Whether anything is in staging, alive or dead: the cheap question before `removeOrphans`. */
export function hasStaging(layout: Layout): boolean {
  return exists(layout.staging) && listDirectory(layout.staging).length > 0;
}

/** Removes the staging directories of processes that are no more. */
export function removeOrphans(layout: Layout): void {
  if (!exists(layout.staging)) return;
  const names = new Set(listDirectory(layout.staging).map(({ name }) => name.replace(/\.lock(-journal)?$/, '')));
  for (const name of names) {
    const path = join(layout.staging, name);
    const lock = ExclusiveLock.tryAcquire(path + LOCK_SUFFIX);
    if (lock === undefined) continue;
    removeTree(path);
    lock[Symbol.dispose]();
    removeFile(path + LOCK_SUFFIX);
  }
}
