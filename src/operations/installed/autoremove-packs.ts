import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { unneededPacks } from './pack-graph.ts';

interface AutoremoveOutcome {
  readonly packs: readonly { readonly ref: string; readonly version: string; readonly action: 'uninstalled' }[];
}

/** The packs that `autoremovePacks` would uninstall. */
export interface AutoremovePlan extends AutoremoveOutcome {
  readonly dry_run: true;
}

export interface AutoremoveReceipt extends AutoremoveOutcome {
  readonly success: true;
}

/** Plans the removal of dependencies that are no longer needed. */
export async function planAutoremove(runtime: Pick<Runtime, 'store'>): Promise<AutoremovePlan> {
  return { dry_run: true, packs: unneededPacks((await runtime.store()).graph()).map(toItem) };
}

/** Uninstalls the packs of a plan, all of them or none, except for those that became needed since. */
export async function autoremovePacks(
  plan: AutoremovePlan,
  runtime: Pick<Runtime, 'store'>,
): Promise<AutoremoveReceipt> {
  if (plan.packs.length === 0) return { success: true, packs: [] };
  const planned = new Set(plan.packs.map(({ ref }) => ref));
  const store = await runtime.store();
  return store.write((writer) => {
    const removed = unneededPacks(writer.graph()).filter(({ ref }) => planned.has(ref));
    writer.uninstall(removed.map(({ ref }) => ref));
    return { success: true, packs: removed.map(toItem) };
  });
}

function toItem({ ref, version }: InstalledNode): AutoremoveOutcome['packs'][number] {
  return { ref, version, action: 'uninstalled' };
}
