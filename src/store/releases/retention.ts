import type { Connection } from '../database/database.ts';

/** A retained release and the reasons for its retention. */
export interface ReleaseUsage {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  /** The total size of its files. */
  readonly bytes: number;
  readonly files: number;
  /** ISO 8601, UTC. */
  readonly installed_at: string;
  /** The pack is linked to this release. */
  readonly current: boolean;
  /** The pack is pinned. */
  readonly pinned: boolean;
  /** The number of releases of the pack that were current after it; `null` if the pack is not installed. */
  readonly behind: number | null;
}

/** Returns all retained releases, sorted by ref, those of each pack from the current one back. */
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
 * Selects the releases that neither their pack nor a configured rollback needs. All releases of a pinned pack are kept.
 * @param keep the number of releases to keep of each pack, including the current one
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

/** Deletes the rows of releases; `reconcile` then removes their trees. Skips current releases. @returns the deleted ones */
export function deleteReleases(database: Connection, releases: readonly ReleaseUsage[]): ReleaseUsage[] {
  const remove = database.prepare('DELETE FROM release WHERE id = ? AND id NOT IN (SELECT release_id FROM pack)');
  const commit = database.transaction(() => releases.filter(({ id }) => remove.run(id).changes > 0));
  return commit.immediate();
}
