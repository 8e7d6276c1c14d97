import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
import { ExclusiveLock } from '../../platform/locks/file-lock.ts';
import type { Layout } from '../layout.ts';
import { stagingDirectories, stagingLockFile } from '../staging.ts';
import { listLinks, listReleases } from './directories.ts';

/** Paths that no database row refers to and no running process uses. */
export interface Leftovers {
  readonly releases: readonly string[];
  readonly links: readonly string[];
  readonly staging: readonly string[];
}

/** The directories and refs in the database. */
export interface RecordedNames {
  readonly directories: ReadonlySet<string>;
  readonly refs: ReadonlySet<string>;
}

/** Finds leftovers without removing them. @returns `undefined` while another process writes to the store */
export function findLeftovers(layout: Layout, recorded: RecordedNames): Leftovers | undefined {
  if (isLocked(layout.writerLock, false)) return undefined;
  return {
    releases: listReleases(layout)
      .filter((directory) => !recorded.directories.has(directory))
      .map((directory) => join(layout.releases, directory)),
    links: listLinks(layout)
      .filter((name) => !recorded.refs.has(name))
      .map((name) => join(layout.packs, name)),
    staging: stagingDirectories(layout).filter((path) => !isLocked(stagingLockFile(path), true)),
  };
}

/** @param fallback the result if the lock cannot be tried for lack of write permission */
function isLocked(lockFile: string, fallback: boolean): boolean {
  if (!exists(lockFile)) return false;
  try {
    const lock = ExclusiveLock.tryAcquire(lockFile);
    lock?.[Symbol.dispose]();
    return lock === undefined;
  } catch (error) {
    if (error instanceof AttuneError) return fallback;
    throw error;
  }
}
