import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import { mayBeHeld } from '../look-again.ts';
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

/** Finds leftovers without removing them. Only meaningful while no process writes to the store. */
export function findLeftovers(layout: Layout, recorded: RecordedNames): Leftovers {
  return {
    releases: listReleases(layout)
      .filter((directory) => !recorded.directories.has(directory))
      .map((directory) => join(layout.releases, directory)),
    links: listLinks(layout)
      .filter((name) => !recorded.refs.has(name))
      .map((name) => join(layout.packs, name)),
    staging: stagingDirectories(layout).filter((path) => !mayBeHeld(stagingLockFile(path))),
  };
}
