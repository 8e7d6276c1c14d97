import { join } from 'node:path';
import { parseDigest } from '../../packs/digest.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { type TreeDifference, treeDifference } from '../../packs/tree/difference.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { isWrittenLater } from '../../packs/tree/generated.ts';
import type { Connection } from '../database/database.ts';
import type { Layout } from '../layout.ts';
import type { ReleaseDirectory } from './directories.ts';

/** A recorded release whose tree is still on the disk, so that a rollback can use it. */
export interface RetainedRelease {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  /** The checksum of the directory, as `algorithm:hex`. */
  readonly checksum: string;
  readonly directory: ReleaseDirectory;
  /** ISO 8601, UTC. */
  readonly installed_at: string;
  /** The pack is linked to this release. */
  readonly current: boolean;
}

/**
 * Returns the retained releases of one pack or of all: sorted by ref, those of each pack from the current one back in the
 * order in which they were current.
 */
export function retainedReleases(database: Connection, ref?: string): RetainedRelease[] {
  const rows = database
    .prepare<{ ref: string | null }, Omit<RetainedRelease, 'current'> & { current: number }>(
      `SELECT release.id, release.ref, version, checksum, directory, installed_at, pack.id IS NOT NULL AS current
       FROM release LEFT JOIN pack ON pack.release_id = release.id
       WHERE @ref IS NULL OR release.ref = @ref ORDER BY release.ref, turn DESC`,
    )
    .all({ ref: ref ?? null });
  return rows.map((row) => ({ ...row, current: row.current === 1 }));
}

/** Returns the dependencies of a release, sorted by ref. */
export function releaseDependencies(database: Connection, release: number): { ref: string; range: string }[] {
  return database
    .prepare<[number], { ref: string; range: string }>(
      'SELECT ref, range FROM dependency WHERE release_id = ? ORDER BY ref',
    )
    .all(release);
}

/**
 * Compares the files of a retained release with their record. What interpreters write next to code is not compared.
 * @returns empty lists if they are equal
 * @throws InvalidPackTree if the tree contains an entry that packs cannot contain, FileError if it cannot be read
 */
export function compareRelease(database: Connection, layout: Layout, release: RetainedRelease): TreeDifference {
  const actual = fingerprint(directoryTree(join(layout.releases, release.directory)));
  const recorded = recordedFingerprint(database, release);
  const { added, changed, missing } = treeDifference(actual, recorded);
  const paths = new Set(recorded.files.map(({ path }) => path));
  const isOwn = (path: string) => !isWrittenLater(path, paths);
  return { added: added.filter(isOwn), changed: changed.filter(isOwn), missing };
}

function recordedFingerprint(database: Connection, { id, checksum }: RetainedRelease): Fingerprint {
  const rows = database
    .prepare<[number], { path: string; size: number; sha256: string; mode: number }>(
      'SELECT path, size, sha256, mode FROM file WHERE release_id = ?',
    )
    .all(id);
  return {
    checksum: parseDigest(checksum),
    files: rows.map(({ mode, ...file }) => ({ ...file, executable: (mode & 0o100) !== 0 })),
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
  };
}
