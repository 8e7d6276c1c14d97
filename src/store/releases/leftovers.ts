import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import { mayBeHeld, probeLock } from '../look-again.ts';
import { stagingDirectories, stagingLockFile } from '../staging.ts';
import { listLinks, listReleases, listUnreadableRefs } from './directories.ts';

/** Paths that no database row refers to and no running process uses. */
export interface Leftovers {
  readonly releases: readonly string[];
  readonly links: readonly string[];
  readonly staging: readonly string[];
  /** Directories of other users that may be in use: this user cannot read the lock of a staging directory, or list releases. */
  readonly unknown: readonly string[];
}

/** The directories and refs in the database. */
export interface RecordedNames {
  readonly directories: ReadonlySet<string>;
  readonly refs: ReadonlySet<string>;
}

/** Finds leftovers without removing them. Only meaningful while no process writes to the store. */
export function findLeftovers(layout: Layout, recorded: RecordedNames): Leftovers {
  const staging = stagingDirectories(layout);
  return {
    releases: listReleases(layout)
      .filter((directory) => !recorded.directories.has(directory))
      .map((directory) => join(layout.releases, directory)),
    links: listLinks(layout)
      .filter((name) => !recorded.refs.has(name))
      .map((name) => join(layout.packs, name)),
    staging: staging.filter((path) => !mayBeHeld(stagingLockFile(path))),
    unknown: [
      ...staging.filter((path) => probeLock(stagingLockFile(path)) === 'unreadable'),
      ...listUnreadableRefs(layout).map((ref) => join(layout.releases, ref)),
    ],
  };
}
