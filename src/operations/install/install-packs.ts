/**
 * Installing: what was asked for, what that resolves to, and then the steps that all plans have in common (see
 * `carry-out-plan.ts`).
 */

import type { Runtime } from '../runtime.ts';
import { assertNotInstalled } from './already-installed.ts';
import { throwUnsatisfiedDependencies } from './check-dependencies.ts';
import { executePlan } from './execute-plan.ts';
import { type InstallRequest, parseInstallRequest } from './install-request.ts';
import { planRequest, stageGiven } from './plan-install.ts';
import { type InstalledItem, type InstallReceipt, plannedItems, unchangedItem } from './receipt.ts';

/** Told what is about to be done where that is more than what was asked for, before anything is fetched for it. */
export type PlanListener = (plan: readonly InstalledItem[]) => void;

/**
 * Installs packs with what they need: all of it, or nothing.
 * @throws AttuneError of every family; the store is then as it was
 */
export async function installPacks(
  request: InstallRequest,
  runtime: Runtime,
  onPlan: PlanListener = () => {},
): Promise<InstallReceipt> {
  const store = await runtime.store();
  using area = store.stage();
  const requested = parseInstallRequest(request, runtime.environment);
  const given = await stageGiven(requested, request, area, runtime);
  const { planned, unchanged, graph } = await planRequest(requested, given, request, runtime).catch((error: unknown) =>
    throwUnsatisfiedDependencies(
      error,
      given.map(({ staged }) => staged),
      runtime,
    ),
  );
  const kept = unchanged.map(unchangedItem);
  const { warnings } = runtime.reporter;
  const plan = plannedItems(planned, graph, request, store);
  if (request.dryRun) return { dry_run: true, packs: [...plan, ...kept], warnings };
  if (plan.some(({ required_by: by }) => by !== null)) onPlan(plan);
  const options = {
    ...request,
    isRequested: ({ requiredBy }: { requiredBy: string | undefined }) => requiredBy === undefined,
    // Others may have installed one of them while these were fetched and tested.
    confirm: (packs: typeof planned, writer: Pick<typeof store, 'find'>) => {
      const wanted = packs.map(({ ref, version, from }) => ({ ref, version, inRegistry: from.kind === 'registry' }));
      if (!request.force) assertNotInstalled(wanted, (ref) => writer.find(ref)?.version);
    },
  };
  const installed = await executePlan(planned, options, area, runtime);
  return { success: true, packs: [...installed, ...kept], warnings };
}
