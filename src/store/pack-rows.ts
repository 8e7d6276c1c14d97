/** Reads and changes the rows of packs and releases. The caller holds the writer lock and runs a transaction. */
import type { Connection } from './database/database.ts';
import type { EventOrigin } from './history.ts';

/** The current release of an installed pack. */
export interface CurrentRelease {
  /** The id of the pack. */
  readonly id: number;
  /** The id of the current release. */
  readonly release: number;
  readonly version: string;
}

export function currentRelease(database: Connection, ref: string): CurrentRelease | undefined {
  return database
    .prepare<[string], CurrentRelease>(
      'SELECT pack.id, release.id AS release, version FROM pack JOIN release ON release.id = release_id WHERE pack.ref = ?',
    )
    .get(ref);
}

/**
 * Makes a release the current one of its pack. A requested pack stays requested when it is installed again as a dependency.
 * @returns the id of the pack
 */
export function setCurrentRelease(database: Connection, ref: string, release: number, requested: boolean): number {
  advanceTurn(database, ref, release);
  return database
    .prepare<[string, number, number], number>(
      `INSERT INTO pack (ref, release_id, requested) VALUES (?, ?, ?)
       ON CONFLICT (ref) DO UPDATE SET release_id = excluded.release_id, requested = max(requested, excluded.requested)
       RETURNING id`,
    )
    .pluck()
    .get(ref, release, requested ? 1 : 0) as number;
}

/** Makes a retained release the current one of its installed pack. */
export function rollBackTo(database: Connection, ref: string, release: number): void {
  database.prepare('UPDATE pack SET release_id = ? WHERE ref = ?').run(release, ref);
  advanceTurn(database, ref, release);
}

/** Records a release as the one of its pack that became current last. */
function advanceTurn(database: Connection, ref: string, release: number): void {
  database
    .prepare('UPDATE release SET turn = (SELECT max(turn) + 1 FROM release WHERE ref = @ref) WHERE id = @release')
    .run({ ref, release });
}

export function setRequested(database: Connection, ref: string, requested: boolean): void {
  database.prepare('UPDATE pack SET requested = ? WHERE ref = ?').run(requested ? 1 : 0, ref);
}

/** Pins or unpins a pack. @returns whether this changed anything */
export function setPinned(database: Connection, ref: string, pinned: boolean): boolean {
  return (
    database
      .prepare('UPDATE pack SET pinned = @pinned WHERE ref = @ref AND pinned <> @pinned')
      .run({ ref, pinned: pinned ? 1 : 0 }).changes > 0
  );
}

/**
 * Deletes older rows with the same content, whose tree is the same or was modified, and all but the `keep` releases that
 * were current last. The order is that of becoming current, not of ids, because a rollback counts as well.
 */
export function pruneReleases(database: Connection, ref: string, release: number, keep: number): void {
  database
    .prepare(
      `DELETE FROM release WHERE ref = @ref AND id <> @release
         AND checksum = (SELECT checksum FROM release WHERE id = @release)`,
    )
    .run({ ref, release });
  database
    .prepare(
      'DELETE FROM release WHERE ref = @ref AND id NOT IN (SELECT id FROM release WHERE ref = @ref ORDER BY turn DESC LIMIT @keep)',
    )
    .run({ ref, keep: Math.max(1, keep) });
}

/** Returns where a release came from, for its history event. */
export function originOf(database: Connection, release: number): EventOrigin {
  return database
    .prepare<[number], EventOrigin>(
      'SELECT source_url AS source, source_type, source_commit, registry FROM release WHERE id = ?',
    )
    .get(release) as EventOrigin;
}

/** Deletes a pack with all its releases. */
export function deletePack(database: Connection, ref: string): void {
  database.prepare('DELETE FROM pack WHERE ref = ?').run(ref);
  database.prepare('DELETE FROM release WHERE ref = ?').run(ref);
}
