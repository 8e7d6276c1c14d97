import gt from 'semver/functions/gt.js';
import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/read.ts';
import type { EventAction, HistoryEvent } from '../../store/history.ts';
import type { Runtime } from '../runtime.ts';
import { undoCommands } from './undo-command.ts';

export interface HistoryRequest {
  /** `undefined` for all packs. */
  readonly ref: string | undefined;
  /** `undefined` for all events. */
  readonly limit: number | undefined;
}

export interface History {
  readonly events: readonly UndoableEvent[];
}

/** An event as it is told: the store has one word for every change of version that was fetched. */
export interface ReportedEvent extends Omit<HistoryEvent, 'action'> {
  readonly action: EventAction | 'downgrade';
}

export interface UndoableEvent extends ReportedEvent {
  readonly can_undo: boolean;
  /** The command that makes the pack what it was before. */
  readonly undo: string | null;
}

export class NoHistory extends AttuneError {
  constructor(ref: string, known: readonly string[]) {
    const suggestion = nearest(ref, known);
    super('NOT_FOUND_PACK', `Nothing ever happened to a pack '${ref}'.`, {
      facts: { ref, known },
      hint:
        suggestion === undefined ? 'See all that happened with: attune pack history' : `Did you mean: ${suggestion}`,
    });
  }
}

/**
 * What happened to one pack, or to all, the newest first, and how it can be undone with what is still there. A pack that
 * was removed still has its history.
 * @throws NoHistory
 */
export async function readHistory({ ref, limit }: HistoryRequest, runtime: Pick<Runtime, 'store'>): Promise<History> {
  const store = await runtime.store();
  const events = store.history(ref);
  if (ref !== undefined && events.length === 0) {
    throw new NoHistory(ref, [...new Set(store.history().map((event) => event.ref))].sort());
  }
  const undo = undoCommands(events, { graph: store.graph(), kept: store.retainedReleases(ref), exists });
  const told = events.map((event, at) => ({
    ...reportedEvent(event),
    can_undo: undo[at] !== null,
    undo: undo[at] ?? null,
  }));
  return { events: told.slice(0, limit) };
}

export function reportedEvent(event: HistoryEvent): ReportedEvent {
  const { action, version, from_version: before } = event;
  return action === 'upgrade' && before !== null && gt(before, version) ? { ...event, action: 'downgrade' } : event;
}
