import type { InstalledPack } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';

export interface PackList {
  readonly packs: readonly InstalledPack[];
}

/** Lists the installed packs. */
export async function listPacks(runtime: Pick<Runtime, 'store'>): Promise<PackList> {
  return { packs: (await runtime.store()).list() };
}
