import type { InstalledDetails } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import { type ReportedEvent, reportedEvent } from './read-history.ts';

export interface ShownPack extends Omit<InstalledDetails, 'history'> {
  readonly history: readonly ReportedEvent[];
}

/** Returns everything that is recorded about an installed pack. @throws NotInstalled */
export async function showPack(ref: string, runtime: Pick<Runtime, 'store'>): Promise<ShownPack> {
  const store = await runtime.store();
  const details = store.describe(ref);
  if (details === undefined) throw new NotInstalled([ref], [...store.versions().keys()]);
  return { ...details, history: details.history.map(reportedEvent) };
}
