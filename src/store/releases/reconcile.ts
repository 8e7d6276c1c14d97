import type { Connection } from '../database/database.ts';
import type { Layout } from '../layout.ts';
import { hasStagingEntries, removeOrphanedStaging } from '../staging.ts';
import {
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

/** Returns whether a crash may have left differences. Cheap; also true while another process is writing. */
export function needsReconciling(database: Connection, layout: Layout): boolean {
  return Object.values(compare(database, layout)).some(({ length }) => length > 0) || hasStagingEntries(layout);
}

/** Makes the directories match the database. The caller holds the writer lock. */
export function reconcile(database: Connection, layout: Layout): void {
  const { outdatedLinks, strayLinks, strayReleases, emptyRefs } = compare(database, layout);
  for (const { ref, directory } of outdatedLinks) linkRelease(layout, ref, directory);
  for (const name of strayLinks) unlinkRelease(layout, name);
  for (const directory of strayReleases) removeRelease(layout, directory);
  for (const ref of emptyRefs) removeEmptyRef(layout, ref);
  removeOrphanedStaging(layout);
}
