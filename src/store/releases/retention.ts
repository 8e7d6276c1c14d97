import type { Connection } from '../database/database.ts';

/** A kept release, and what it is kept for. */
export interface ReleaseUsage {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  /** Of its files together. */
  readonly bytes: number;
  readonly files: number;
  /** ISO 8601, UTC. */
  readonly installed_at: string;
  /** The pack shows this one now. */
  readonly current: boolean;
  /** Its pack is held at its version. */
  readonly pinned: boolean;
  /** How many releases of its pack were current after it; `null` where no such pack is installed. */
  readonly behind: number | null;
}

/** All releases that are kept: by ref, and of each pack the current one first, then the one before it, and so on back. */
export function releaseUsage(database: Connection): ReleaseUsage[] {
  const rows = database
    .prepare<[], Omit<ReleaseUsage, 'current' | 'pinned'> & { current: number; pinned: number }>(
      `SELECT release.id, release.ref, version, size AS bytes, file_count AS files, installed_at,
         release.id IS pack.release_id AS current, coalesce(pinned, 0) AS pinned,
         CASE WHEN pack.id IS NOT NULL THEN
           row_number() OVER (PARTITION BY release.ref ORDER BY turn DESC, release.id DESC) - 1 END AS behind
       FROM release LEFT JOIN pack ON pack.ref = release.ref
       ORDER BY release.ref, turn DESC, release.id DESC`,
    )
    .all();
  return rows.map((row) => ({ ...row, current: row.current === 1, pinned: row.pinned === 1 }));
}

/**
 * Those that nothing needs: neither the pack, nor a rollback as far back as the configuration allows for. Of a pack that is
 * held everything stays.
 * @param keep how many stay of each pack, the current one among them
 */
export function prunableReleases(
  releases: readonly ReleaseUsage[],
  { keep, installedBefore }: { readonly keep: number; readonly installedBefore: Date },
): ReleaseUsage[] {
  return releases
    .filter(({ current, pinned }) => !current && !pinned)
    .filter(({ behind }) => behind === null || behind >= Math.max(1, keep))
    .filter(({ installed_at }) => new Date(installed_at) < installedBefore);
}

/** Forgets releases, their trees following by a repair. One that is current by now stays. @returns which went */
export function deleteReleases(database: Connection, releases: readonly ReleaseUsage[]): ReleaseUsage[] {
  const forget = database.prepare('DELETE FROM release WHERE id = ? AND id NOT IN (SELECT release_id FROM pack)');
  const commit = database.transaction(() => releases.filter(({ id }) => forget.run(id).changes > 0));
  return commit.immediate();
}
