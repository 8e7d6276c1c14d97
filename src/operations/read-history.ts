import type { HistoryEvent } from '../store/history.ts';
import type { Runtime } from './runtime.ts';

export interface History {
  readonly events: readonly HistoryEvent[];
}

/** What happened to one pack, or to all, the newest first. A pack that was removed still has its history. */
export async function readHistory(ref: string | undefined, runtime: Pick<Runtime, 'store'>): Promise<History> {
  return { events: (await runtime.store()).history(ref) };
}
