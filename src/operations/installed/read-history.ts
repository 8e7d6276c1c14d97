import compareBuild from 'semver/functions/compare-build.js';
import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
import type { EventAction, HistoryEvent } from '../../store/history.ts';
import type { Runtime } from '../runtime.ts';
import { undoCommands } from './undo-command.ts';

export interface HistoryRequest {
  /** `undefined` for all packs. */
  readonly ref: string | undefined;
  /** The maximum number of events; `undefined` for all. */
  readonly limit: number | undefined;
}

export interface History {
  readonly events: readonly UndoableEvent[];
}

/** An event as it is reported: the store records downgrades as upgrades. */
export interface ReportedEvent extends Omit<HistoryEvent, 'action'> {
  readonly action: EventAction | 'downgrade';
}

export interface UndoableEvent extends ReportedEvent {
  readonly can_undo: boolean;
  /** The command that restores the state of the pack before the event. */
  readonly undo: string | null;
}

export class NoHistory extends AttuneError {
  constructor(ref: string, known: readonly string[]) {
    const similar = nearest(ref, known);
    super('NOT_FOUND_PACK', `There is no history of a pack '${ref}'.`, {
      facts: { ref, known },
      hint:
        similar === undefined
          ? "List the history of all packs with 'attune pack history'."
          : `Did you mean '${similar}'?`,
    });
  }
}

/**
 * Returns the events of one pack or of all, the newest first, with the commands that undo them. Uninstalled packs are
 * included.
 * @throws NoHistory
 */
export async function readHistory({ ref, limit }: HistoryRequest, runtime: Pick<Runtime, 'store'>): Promise<History> {
  const store = await runtime.store();
  const all = store.history();
  if (ref !== undefined && !all.some((event) => event.ref === ref)) {
    throw new NoHistory(ref, [...new Set(all.map((event) => event.ref))].sort());
  }
  const undo = undoCommands(all, {
    graph: store.graph(),
    retained: store.retainedReleases(),
    dependenciesOf: (release) => store.dependenciesOf(release),
    exists,
  });
  const reported = all
    .map((event, index) => ({
      ...reportedEvent(event),
      can_undo: undo[index] !== null,
      undo: undo[index] ?? null,
    }))
    .filter((event) => ref === undefined || event.ref === ref);
  return { events: reported.slice(0, limit) };
}

export function reportedEvent(event: HistoryEvent): ReportedEvent {
  const { action, version, from_version: before } = event;
  const isDowngrade = action === 'upgrade' && before !== null && compareBuild(before, version) > 0;
  return isDowngrade ? { ...event, action: 'downgrade' } : event;
}
