import type { Connection } from './database/database.ts';

export type EventAction =
  | 'install'
  | 'reinstall'
  | 'upgrade'
  | 'rollback'
  | 'uninstall'
  | 'pin'
  | 'unpin'
  | 'recover'
  | 'repair';

/** The origin of a version; all fields are `null` for an event without an installation, rollback or removal. */
export interface EventOrigin {
  readonly source: string | null;
  readonly source_type: 'git' | 'archive' | 'directory' | null;
  readonly source_commit: string | null;
  readonly registry: string | null;
}

export const NO_ORIGIN: EventOrigin = { source: null, source_type: null, source_commit: null, registry: null };

/** A history event of a pack. It remains after the pack is uninstalled. */
export interface HistoryEvent extends EventOrigin {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: EventAction;
  readonly ref: string;
  readonly version: string;
  readonly from_version: string | null;
  /** `user@host`. */
  readonly by: string;
}

/** The user, host and time of a change. */
export interface Stamp {
  readonly at: string;
  readonly user: string;
  readonly host: string;
  readonly attuneVersion: string;
}

/** Inserts a history event. */
export function recordEvent(database: Connection, stamp: Stamp, event: Omit<HistoryEvent, 'id' | 'at' | 'by'>): void {
  database
    .prepare(
      `INSERT INTO event (
         at, action, ref, version, from_version, by_user, by_host, source, source_type, source_commit, registry)
       VALUES (
         @at, @action, @ref, @version, @from_version, @user, @host, @source, @source_type, @source_commit, @registry)`,
    )
    .run({ ...event, at: stamp.at, user: stamp.user, host: stamp.host });
}

/** Returns the history of one pack or of all, newest first. */
export function readHistory(database: Connection, ref?: string): HistoryEvent[] {
  return database
    .prepare<{ ref: string | null }, HistoryEvent>(
      `SELECT id, at, action, ref, version, from_version, by_user || '@' || by_host AS "by", source, source_type,
         source_commit, registry
       FROM event WHERE @ref IS NULL OR ref = @ref ORDER BY id DESC`,
    )
    .all({ ref: ref ?? null });
}
