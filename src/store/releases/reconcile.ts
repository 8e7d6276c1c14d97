import type { Connection } from '../database/database.ts';
import type { Layout } from '../layout.ts';
import { hasStagingEntries, removeOrphanedStaging } from '../staging.ts';
import {
  unlinkRelease,
  listEmptyRefs,
  listLinks,
  listReleases,
  type ReleaseDirectory,
  removeEmptyRef,
  removeRelease,
  linkRelease,
  isLinkedTo,
} from './directories.ts';

/**
 * The commit of a transaction is the only moment that counts, so a crash leaves one of two things: trees that no row
 * names (it came too early), or links that lag behind their rows (it came too late). Both are told by comparing the
 * disk with the database, and mended by making the disk follow.
 */
interface Differences {
  readonly laggingLinks: readonly { ref: string; directory: ReleaseDirectory }[];
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
    laggingLinks: current.filter(({ ref, directory }) => !isLinkedTo(layout, ref, directory)),
    strayLinks: listLinks(layout).filter((name) => !refs.has(name)),
    strayReleases: listReleases(layout).filter((directory) => !known.has(directory)),
    emptyRefs: listEmptyRefs(layout),
  };
}

/** Whether something may have been left behind. Cheap; also true while another process is in the middle of writing. */
export function needsReconciling(database: Connection, layout: Layout): boolean {
  return Object.values(compare(database, layout)).some(({ length }) => length > 0) || hasStagingEntries(layout);
}

/** Makes the disk follow the database. The caller holds the writer lock. */
export function reconcile(database: Connection, layout: Layout): void {
  const { laggingLinks, strayLinks, strayReleases, emptyRefs } = compare(database, layout);
  for (const { ref, directory } of laggingLinks) linkRelease(layout, ref, directory);
  for (const name of strayLinks) unlinkRelease(layout, name);
  for (const directory of strayReleases) removeRelease(layout, directory);
  for (const ref of emptyRefs) removeEmptyRef(layout, ref);
  removeOrphanedStaging(layout);
}
