import type { InstalledPack } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';

export interface PackList {
  readonly packs: readonly InstalledPack[];
}

export interface ListRequest {
  /** The text that the ref or the label contains, in any case. */
  readonly name?: string | undefined;
}

/** Lists the installed packs. */
export async function listPacks({ name = '' }: ListRequest, runtime: Pick<Runtime, 'store'>): Promise<PackList> {
  const text = name.toLowerCase();
  const packs = (await runtime.store()).list();
  return { packs: packs.filter((pack) => [pack.ref, pack.label].some((one) => one.toLowerCase().includes(text))) };
}
