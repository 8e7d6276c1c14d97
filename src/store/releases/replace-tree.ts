import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { formatDigest } from '../../packs/digest.ts';
import type { Fingerprint } from '../../packs/tree/checksum.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { rename } from '../../platform/files/entries.ts';
import { inspect } from '../../platform/files/inspect.ts';
import type { Connection } from '../database/database.ts';
import { NO_ORIGIN, recordEvent, type Stamp } from '../history.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import { PackPathOccupied, type ReleaseDirectory, refuseOccupiedPath, linkRelease } from './directories.ts';
import type { RetainedRelease } from './retained-releases.ts';
import { reconcile } from './reconcile.ts';

/** A tree in staging with the very content that was recorded of a release, and on the disk. */
export interface RestoredTree {
  readonly root: string;
  readonly fingerprint: Fingerprint;
}

/** Between looking at a release and repairing it somebody else did something with it. */
export class ReleaseReplaced extends AttuneError {
  constructor({ ref, version }: Pick<RetainedRelease, 'ref' | 'version'>) {
    super('STORE_CHANGED', `Another attune changed '${ref}' ${version} at the same time.`, {
      facts: { ref, version },
      hint: `See how it is now with: attune pack verify ${ref}`,
    });
  }
}

/**
 * Gives a release a tree in place of the one that was damaged, under a name of its own, so that the pack is whole at every
 * moment: the new tree is there before the row names it, and the old one goes as what no row names any more. The caller
 * holds the writer lock.
 * @throws ReleaseReplaced, PackPathOccupied, FileError; the store is then as it was
 */
export function replaceTree(
  database: Connection,
  layout: Layout,
  stamp: Stamp,
  release: RetainedRelease,
  tree: RestoredTree,
): void {
  const { ref } = release;
  refuseMoved(database, release, tree);
  if (release.current) refuseOccupiedPath(layout, ref);
  try {
    const directory = place(layout, release, tree);
    const commit = database.transaction(() => record(database, stamp, release, directory, tree));
    commit.immediate();
    if (release.current) linkRelease(layout, ref, directory);
    reconcile(database, layout);
  } catch (error) {
    reconcile(database, layout);
    throw error;
  }
}

function refuseMoved(database: Connection, release: RetainedRelease, { fingerprint }: RestoredTree): void {
  const row = database
    .prepare<[number], Pick<RetainedRelease, 'directory' | 'checksum'> & { current: number }>(
      `SELECT directory, checksum, pack.id IS NOT NULL AS current
       FROM release LEFT JOIN pack ON pack.release_id = release.id WHERE release.id = ?`,
    )
    .get(release.id);
  const same = row?.directory === release.directory && (row.current === 1) === release.current;
  if (!same || row.checksum !== formatDigest(fingerprint.checksum)) throw new ReleaseReplaced(release);
}

/** @returns a directory that nothing stood at */
function place(layout: Layout, { ref, version }: RetainedRelease, { root, fingerprint }: RestoredTree): ReleaseDirectory {
  const base = `${ref}/${version}-${fingerprint.checksum.hex.slice(0, 12)}`;
  const parent = dirname(join(layout.releases, base));
  // A link there would lead the tree out of the store.
  if (inspect(parent)?.kind === 'link') throw new PackPathOccupied(parent);
  makeStoreDirectory(parent);
  for (let copy = 1; ; copy++) {
    const directory = copy === 1 ? base : `${base}-${copy}`;
    const path = join(layout.releases, directory);
    if (inspect(path) !== undefined) continue;
    rename(root, path);
    fsyncDirectory(parent);
    return directory;
  }
}

/** The files are recorded anew as well: it may have been their rows that were changed. */
function record(
  database: Connection,
  stamp: Stamp,
  { id, ref, version }: RetainedRelease,
  directory: ReleaseDirectory,
  { fingerprint: { files, bytes } }: RestoredTree,
): void {
  database
    .prepare('UPDATE release SET directory = ?, size = ?, file_count = ? WHERE id = ?')
    .run(directory, bytes, files.length, id);
  database.prepare('DELETE FROM file WHERE release_id = ?').run(id);
  const insert = database.prepare('INSERT INTO file VALUES (?, ?, ?, ?, ?)');
  for (const { path, size, sha256, executable } of files)
    insert.run(id, path, size, sha256, executable ? 0o755 : 0o644);
  recordEvent(database, stamp, { action: 'repair', ref, version, from_version: null, ...NO_ORIGIN });
}
