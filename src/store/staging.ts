import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError, reasonOf } from '../errors.ts';
import { makeDirectory, removeTree } from '../platform/files/entries.ts';
import { exists, listDirectory } from '../platform/files/inspect.ts';
import { ExclusiveLock } from '../platform/locks/file-lock.ts';
import { type Layout, makeStoreDirectory } from './layout.ts';

const LOCK_SUFFIX = '.lock';
/** Excludes other users, who could otherwise plant links or files, or read content before it is verified. */
const OWNER_ONLY = 0o700;

/**
 * A private directory on the file system of the store in which one process prepares packs. It is created when the first path
 * is requested and removed on disposal. If the process dies first, its lock is released and the next cleanup removes the
 * directory as an orphan.
 */
export class StagingArea implements Disposable {
  readonly #layout: Layout;
  readonly #warn: (text: string) => void;
  #directory: LockedDirectory | undefined;
  #paths = 0;

  /** @param warn reports a directory that cannot be removed */
  constructor(layout: Layout, warn: (text: string) => void = () => {}) {
    this.#layout = layout;
    this.#warn = warn;
  }

  /** Returns a path in the directory that does not exist. */
  newPath(): string {
    this.#directory ??= createLockedDirectory(this.#layout);
    this.#paths += 1;
    return join(this.#directory.path, String(this.#paths));
  }

  /** Creates an empty subdirectory. @returns its path */
  newDirectory(): string {
    const path = this.newPath();
    makeDirectory(path);
    return path;
  }

  [Symbol.dispose](): void {
    if (this.#directory === undefined) return;
    const { path, lock } = this.#directory;
    this.#directory = undefined;
    removeAndRelease(path, lock, this.#warn);
  }
}

/** Removes a staging directory. Its lock file remains if the directory cannot be removed. */
function removeAndRelease(path: string, lock: ExclusiveLock, warn: (text: string) => void): void {
  if (tryRemove(path, warn)) lock.releaseAndUnlink();
  else lock[Symbol.dispose]();
}

/**
 * Removes a tree if possible. The tests of a pack may have left files of another user, such as those of a container that ran
 * as root; such files must neither fail a completed operation nor block later ones.
 */
function tryRemove(path: string, warn: (text: string) => void): boolean {
  try {
    removeTree(path);
    return true;
  } catch (error) {
    warn(`${reasonOf(error)} The directory is no longer needed: remove it manually.`);
    return false;
  }
}

interface LockedDirectory {
  readonly path: string;
  readonly lock: ExclusiveLock;
}

function createLockedDirectory(layout: Layout): LockedDirectory {
  makeStoreDirectory(layout.staging);
  // A cleanup may lock or remove the new lock file before this process locks it; then another name is tried.
  for (let attempt = 0; attempt < 10; attempt++) {
    const path = join(layout.staging, randomUUID());
    const lock = ExclusiveLock.tryAcquire(stagingLockFile(path));
    if (lock === undefined) continue;
    makeDirectory(path, OWNER_ONLY);
    return { path, lock };
  }
  throw new AttuneError('STORE_LOCKED', `No staging directory could be created in '${layout.staging}'.`, {
    hint: 'Try again.',
  });
}

/** Returns whether there are staging directories, in use or orphaned. Cheaper than `removeOrphanedStaging`. */
export function hasStagingEntries(layout: Layout): boolean {
  return exists(layout.staging) && listDirectory(layout.staging).length > 0;
}

/** Returns the paths of all staging directories, including those of which only the lock file exists. */
export function stagingDirectories({ staging }: Layout): string[] {
  if (!exists(staging)) return [];
  const names = new Set(listDirectory(staging).map(({ name }) => name.replace(/\.lock(-journal)?$/, '')));
  return [...names].map((name) => join(staging, name));
}

/** Returns the path of the lock file of a staging directory. */
export function stagingLockFile(directory: string): string {
  return directory + LOCK_SUFFIX;
}

/** Removes the staging directories of dead processes. */
export function removeOrphanedStaging(layout: Layout): void {
  for (const path of stagingDirectories(layout)) {
    const lock = ExclusiveLock.tryAcquire(stagingLockFile(path));
    // A failure was already reported by the process that created the directory.
    if (lock !== undefined) removeAndRelease(path, lock, () => {});
  }
}
