/** Installs packs: resolves the request to a plan and executes it (see `execute-plan.ts`). */

import { replanIfChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { throwUnsatisfiedDependencies } from './check-dependencies.ts';
import { executePlan, type PreparedPacks } from './execute-plan.ts';
import { type InstallRequest, parseInstallRequest } from './install-request.ts';
import { planRequest, stageGiven } from './plan-install.ts';
import { type InstalledItem, type InstallReceipt, plannedItems, unchangedItem } from './receipt.ts';

/** Receives the plan before anything is downloaded for it, if the plan has more packs than the request. */
export type PlanListener = (plan: readonly InstalledItem[]) => void;

/**
 * Installs packs with their dependencies: all of them, or none.
 * @throws AttuneError of every family; the store is then unchanged
 */
export async function installPacks(
  request: InstallRequest,
  runtime: Runtime,
  onPlan: PlanListener = () => {},
): Promise<InstallReceipt> {
  const store = await runtime.store();
  using area = store.stage(request);
  const requested = parseInstallRequest(request, runtime.environment);
  const given = await stageGiven(requested, request, area, runtime);
  const prepared: PreparedPacks = new Map();
  return await replanIfChanged(async () => {
    const { planned, unchanged, graph } = await planRequest(requested, given, request, runtime).catch(
      (error: unknown) =>
        throwUnsatisfiedDependencies(
          error,
          given.map(({ staged }) => staged),
          runtime,
        ),
    );
    const kept = unchanged.map((pack) => unchangedItem(pack));
    const { warnings } = runtime.reporter;
    const plan = plannedItems(planned, graph, request, store);
    if (request.dryRun) return { dry_run: true, packs: [...plan, ...kept], warnings };
    if (plan.some(({ required_by: by }) => by !== null)) onPlan(plan);
    const options = {
      ...request,
      graph,
      isRequested: ({ requiredBy }: { requiredBy: string | undefined }) => requiredBy === undefined,
    };
    const installed = await executePlan(planned, options, area, runtime, prepared);
    return { success: true, packs: [...installed, ...kept], warnings };
  });
}
