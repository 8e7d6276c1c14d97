import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { formatDigest } from '../../packs/digest.ts';
import type { Fingerprint } from '../../packs/tree/checksum.ts';
import { rename } from '../../platform/files/entries.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { inspect } from '../../platform/files/inspect.ts';
import type { Connection } from '../database/database.ts';
import { NO_ORIGIN, recordEvent, type Stamp } from '../history.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import { linkRelease, PackPathOccupied, type ReleaseDirectory, refuseUnlinkable } from './directories.ts';
import { reconcile } from './reconcile.ts';
import { recordFiles } from './record-release.ts';
import type { RetainedRelease } from './retained-releases.ts';

/** A staged and flushed tree with the recorded content of a release. */
export interface RestoredTree {
  readonly root: string;
  readonly fingerprint: Fingerprint;
}

/** Another process changed a release between its verification and its repair. */
export class ConcurrentReleaseChange extends AttuneError {
  constructor({ ref, version }: Pick<RetainedRelease, 'ref' | 'version'>) {
    super('STORE_CHANGED', `Another attune changed '${ref}' ${version} at the same time.`, {
      facts: { ref, version },
      hint: `Check its current state with: attune pack verify ${ref}`,
    });
  }
}

/**
 * Replaces the damaged tree of a release. The new tree gets a separate directory and exists before the row refers to it; the
 * old one is removed once no row refers to it, so the pack is complete at all times. The caller holds the writer lock.
 * @throws ConcurrentReleaseChange, PackPathOccupied, FileError; the store is then unchanged
 */
export function replaceTree(
  database: Connection,
  layout: Layout,
  stamp: Stamp,
  release: RetainedRelease,
  tree: RestoredTree,
  warn: (text: string) => void,
): void {
  const { ref } = release;
  refuseChanged(database, release, tree);
  if (release.current) refuseUnlinkable(layout, ref);
  try {
    const directory = moveTree(layout, release, tree);
    const commit = database.transaction(() => record(database, stamp, release, directory, tree));
    commit.immediate();
    if (release.current) linkRelease(layout, ref, directory);
    reconcile(database, layout, warn);
  } catch (error) {
    reconcile(database, layout, warn);
    throw error;
  }
}

function refuseChanged(database: Connection, release: RetainedRelease, { fingerprint }: RestoredTree): void {
  const row = database
    .prepare<[number], Pick<RetainedRelease, 'directory' | 'checksum'> & { current: number }>(
      `SELECT directory, checksum, pack.id IS NOT NULL AS current
       FROM release LEFT JOIN pack ON pack.release_id = release.id WHERE release.id = ?`,
    )
    .get(release.id);
  const same = row?.directory === release.directory && (row.current === 1) === release.current;
  if (!same || row.checksum !== formatDigest(fingerprint.checksum)) throw new ConcurrentReleaseChange(release);
}

/** Moves the tree to a release directory that did not exist. @returns that directory */
function moveTree(
  layout: Layout,
  { ref, version }: RetainedRelease,
  { root, fingerprint }: RestoredTree,
): ReleaseDirectory {
  const base = `${ref}/${version}-${fingerprint.checksum.hex.slice(0, 12)}`;
  const parent = dirname(join(layout.releases, base));
  // A link would move the tree out of the store.
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

/** Also records the files again, because their rows may be the damaged part. */
function record(
  database: Connection,
  stamp: Stamp,
  { id, ref, version }: RetainedRelease,
  directory: ReleaseDirectory,
  { fingerprint }: RestoredTree,
): void {
  database
    .prepare('UPDATE release SET directory = ?, size = ?, file_count = ? WHERE id = ?')
    .run(directory, fingerprint.bytes, fingerprint.files.length, id);
  database.prepare('DELETE FROM file WHERE release_id = ?').run(id);
  recordFiles(database, id, fingerprint);
  recordEvent(database, stamp, { action: 'repair', ref, version, from_version: null, ...NO_ORIGIN });
}
