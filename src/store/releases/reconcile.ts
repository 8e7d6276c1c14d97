import { join } from 'node:path';
import { FileError } from '../../platform/files/file-error.ts';
import { exists } from '../../platform/files/inspect.ts';
import { isWritable, mayRemove } from '../../platform/files/permissions.ts';
import type { Connection } from '../database/database.ts';
import type { Layout } from '../layout.ts';
import { removeOrphanedStaging } from '../staging.ts';
import {
  ForeignPackLink,
  isLinkedTo,
  linkRelease,
  listEmptyRefs,
  listLinks,
  listReleases,
  type ReleaseDirectory,
  removeEmptyRef,
  removeRelease,
  unlinkRelease,
} from './directories.ts';

/**
 * The differences between the directories and the database. The commit of a transaction is the only decisive step, so a crash
 * leaves one of two kinds: trees without a row (crash before the commit) or links that do not match their row (crash after
 * the commit).
 */
interface Differences {
  readonly outdatedLinks: readonly { ref: string; directory: ReleaseDirectory }[];
  readonly strayLinks: readonly string[];
  readonly strayReleases: readonly ReleaseDirectory[];
  readonly emptyRefs: readonly string[];
}

function compare(database: Connection, layout: Layout): Differences {
  const current = database
    .prepare<[], { ref: string; directory: string }>(
      'SELECT pack.ref, directory FROM pack JOIN release ON release.id = release_id',
    )
    .all();
  const refs = new Set(current.map(({ ref }) => ref));
  const known = new Set(database.prepare<[], string>('SELECT directory FROM release').pluck().all());
  return {
    outdatedLinks: current.filter(({ ref, directory }) => !isLinkedTo(layout, ref, directory)),
    strayLinks: listLinks(layout).filter((name) => !refs.has(name)),
    strayReleases: listReleases(layout).filter((directory) => !known.has(directory)),
    emptyRefs: listEmptyRefs(layout),
  };
}

/**
 * Returns whether a crash left differences that this process may remove. Cheap; also true while another process is writing.
 * What belongs to another user stays, since every later command would try in vain to remove it.
 */
export function needsReconciling(database: Connection, layout: Layout): boolean {
  const { outdatedLinks, strayLinks, strayReleases, emptyRefs } = compare(database, layout);
  const links = [...outdatedLinks.map(({ ref }) => ref), ...strayLinks].map((name) => join(layout.packs, name));
  const trees = [...strayReleases, ...emptyRefs].map((name) => join(layout.releases, name));
  const mayLink = exists(layout.packs) ? links.some(mayRemove) : links.length > 0 && isWritable(layout.data);
  return mayLink || trees.some((path) => isWritable(path) && mayRemove(path));
}

/**
 * Makes the directories match the database. The caller holds the writer lock.
 * @param warn reports what belongs to another user and cannot be removed or replaced by this one
 * @throws PackPathOccupied, FileError
 */
export function reconcile(database: Connection, layout: Layout, warn: (text: string) => void = () => {}): void {
  const { outdatedLinks, strayLinks, strayReleases, emptyRefs } = compare(database, layout);
  for (const { ref, directory } of outdatedLinks) tryLinking(layout, ref, directory, warn);
  for (const name of strayLinks) tryRemoval(() => unlinkRelease(layout, name), warn);
  for (const directory of strayReleases) tryRemoval(() => removeRelease(layout, directory), warn);
  for (const ref of emptyRefs) tryRemoval(() => removeEmptyRef(layout, ref), warn);
  removeOrphanedStaging(layout);
}

/** An outdated link of another user does not block changes of other packs. */
function tryLinking(layout: Layout, ref: string, directory: ReleaseDirectory, warn: (text: string) => void): void {
  try {
    linkRelease(layout, ref, directory);
  } catch (error) {
    if (!(error instanceof ForeignPackLink)) throw error;
    warn(`${error.message} It points to an outdated release.`);
  }
}

/** Removes what is no longer needed. @param warn reports a failure, which does not fail the command */
function tryRemoval(remove: () => void, warn: (text: string) => void): void {
  try {
    remove();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    warn(`${error.message} It is no longer needed. Find out who can remove it with: attune doctor`);
  }
}
