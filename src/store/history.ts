import type { Connection } from './database.ts';

export type EventAction = 'install' | 'reinstall' | 'upgrade' | 'rollback' | 'uninstall';

/** One thing that happened to a pack; it outlives the pack. */
export interface HistoryEvent {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: EventAction;
  readonly ref: string;
  readonly version: string;
  readonly from_version: string | null;
  /** `user@host`. */
  readonly by: string;
  readonly source: string | null;
}

/** Who does something, and when. */
export interface Stamp {
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly attuneVersion: string;
}

export function recordEvent(
  database: Connection,
  stamp: Stamp,
  event: Pick<HistoryEvent, 'action' | 'ref' | 'version' | 'from_version' | 'source'>,
): void {
  database
    .prepare(
      `INSERT INTO event (at, action, ref, version, from_version, by_user, by_host, source)
       VALUES (@at, @action, @ref, @version, @from_version, @user, @host, @source)`,
    )
    .run({ ...event, at: stamp.at, user: stamp.user, host: stamp.host });
}

/** What happened, the newest first; to one pack, or to all. */
export function readHistory(database: Connection, ref?: string): HistoryEvent[] {
  return database
    .prepare<{ ref: string | null }, HistoryEvent>(
      `SELECT id, at, action, ref, version, from_version, by_user || '@' || by_host AS "by", source
       FROM event WHERE @ref IS NULL OR ref = @ref ORDER BY id DESC`,
    )
    .all({ ref: ref ?? null });
}
