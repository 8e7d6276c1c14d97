import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError, reasonOf } from '../errors.ts';
import { makeDirectory, removeTree } from '../platform/files/entries.ts';
import { FileError } from '../platform/files/file-error.ts';
import { exists, listIfPresent } from '../platform/files/inspect.ts';
import { TemporaryDirectory } from '../platform/files/temporary-directory.ts';
import { FileLock } from '../platform/locks/file-lock.ts';
import { explainForeignFile } from './foreign-file.ts';
import { type Layout, makeStoreDirectory } from './layout.ts';

const LOCK_SUFFIX = '.lock';
/** Excludes other users, who could otherwise plant links or files, or read content before it is verified. */
const OWNER_ONLY = 0o700;

export interface StagingOptions {
  /**
   * The caller does not change the store, as in a dry run. If this user cannot write to the store, the directory is created
   * in the system's temporary directory.
   */
  readonly dryRun?: boolean;
  /** Reports a directory that cannot be removed. */
  readonly warn?: (text: string) => void;
}

/**
 * A private directory on the file system of the store in which one process prepares packs. It is created when the first path
 * is requested and removed on disposal. If the process dies first, its lock is released and the next cleanup removes the
 * directory as an orphan.
 */
export class StagingArea implements Disposable {
  readonly #layout: Layout;
  readonly #options: StagingOptions;
  #directory: LockedDirectory | TemporaryDirectory | undefined;
  #paths = 0;

  constructor(layout: Layout, options: StagingOptions = {}) {
    this.#layout = layout;
    this.#options = options;
  }

  /** Returns a path in the directory that does not exist. */
  newPath(): string {
    this.#directory ??= this.#create();
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
    const directory = this.#directory;
    this.#directory = undefined;
    if (directory instanceof TemporaryDirectory) directory[Symbol.dispose]();
    else if (directory !== undefined)
      removeAndRelease(directory.path, directory.lock, this.#options.warn ?? (() => {}));
  }

  #create(): LockedDirectory | TemporaryDirectory {
    try {
      return createLockedDirectory(this.#layout);
    } catch (error) {
      const readOnly = error instanceof FileError && /^STORE_(PERMISSION|READ_ONLY)$/.test(error.code);
      if (readOnly && this.#options.dryRun) return new TemporaryDirectory(this.#options.warn ?? (() => {}));
      throw explainForeignFile(this.#layout, error);
    }
  }
}

/** Removes a staging directory and its lock file. Both remain if the directory cannot be removed. */
function removeAndRelease(path: string, lock: FileLock, warn: (text: string) => void): void {
  if (tryRemove(path, warn)) lock.releaseAndRemove();
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
  readonly lock: FileLock;
}

function createLockedDirectory(layout: Layout): LockedDirectory {
  makeStoreDirectory(layout.staging);
  for (;;) {
    // A cleanup may lock and remove the new file first. Its name is never used again: the next cleanup, which found no lock
    // file, may be about to remove the directory.
    const path = join(layout.staging, randomUUID());
    const lock = FileLock.tryCreate(stagingLockFile(path));
    if (lock === undefined) continue;
    makeDirectory(path, OWNER_ONLY);
    return { path, lock };
  }
}

/** Returns whether there are staging directories, in use or orphaned. Cheaper than `removeOrphanedStaging`. */
export function hasStagingEntries(layout: Layout): boolean {
  return listIfPresent(layout.staging).length > 0;
}

/** Returns the paths of all staging directories, including those of which only the lock file exists. */
export function stagingDirectories({ staging }: Layout): string[] {
  const names = new Set(listIfPresent(staging).map(({ name }) => name.replace(/\.lock(-journal)?$/, '')));
  return [...names].map((name) => join(staging, name));
}

/** Returns the path of the lock file of a staging directory. */
export function stagingLockFile(directory: string): string {
  return directory + LOCK_SUFFIX;
}

/**
 * Removes the staging directories of dead processes. Requires no other lock: a directory is only removed under its own
 * lock, which a cleanup never creates, or after its lock file, which nothing creates again.
 */
export function removeOrphanedStaging(layout: Layout): void {
  for (const path of stagingDirectories(layout)) removeIfOrphaned(path);
}

/** Errors are ignored: the process that created the directory reported them, or it belongs to another user. */
function removeIfOrphaned(path: string): void {
  try {
    // A directory is created after its lock file and removed before it.
    if (!exists(stagingLockFile(path))) tryRemove(path, () => {});
    const lock = FileLock.tryAcquire(stagingLockFile(path), 'exclusive', { create: false });
    if (lock !== undefined) removeAndRelease(path, lock, () => {});
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
}
