import type { InstalledDetails } from '../store/installed.ts';
import { NotInstalled } from './not-installed.ts';
import type { Runtime } from './runtime.ts';

/** Everything recorded of one installed pack. @throws NotInstalled */
export async function showPack(ref: string, runtime: Pick<Runtime, 'store'>): Promise<InstalledDetails> {
  const store = await runtime.store();
  const details = store.describe(ref);
  if (details === undefined) throw new NotInstalled([ref], [...store.versions().keys()]);
  return details;
}
