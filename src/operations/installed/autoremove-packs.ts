import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { unneededPacks } from './pack-graph.ts';

interface AutoremoveOutcome {
  readonly packs: readonly { readonly ref: string; readonly version: string; readonly action: 'uninstalled' }[];
}

/** What would be done; `autoremovePacks` does it. */
export interface AutoremovePlan extends AutoremoveOutcome {
  readonly dry_run: true;
}

export interface AutoremoveReceipt extends AutoremoveOutcome {
  readonly success: true;
}

/** What came only because another pack needed it, and what nothing needs any more. */
export async function planAutoremove(runtime: Pick<Runtime, 'store'>): Promise<AutoremovePlan> {
  return { dry_run: true, packs: unneededPacks((await runtime.store()).graph()).map(removed) };
}

/** Takes the packs of a plan away, all of them or none, but not what something came to need since. */
export async function autoremovePacks(
  plan: AutoremovePlan,
  runtime: Pick<Runtime, 'store'>,
): Promise<AutoremoveReceipt> {
  if (plan.packs.length === 0) return { success: true, packs: [] };
  const planned = new Set(plan.packs.map(({ ref }) => ref));
  const store = await runtime.store();
  return store.write((writer) => {
    const going = unneededPacks(writer.graph()).filter(({ ref }) => planned.has(ref));
    writer.uninstall(going.map(({ ref }) => ref));
    return { success: true, packs: going.map(removed) };
  });
}

function removed({ ref, version }: InstalledNode): AutoremoveOutcome['packs'][number] {
  return { ref, version, action: 'uninstalled' };
}
