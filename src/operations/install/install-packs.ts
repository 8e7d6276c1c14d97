/** Installs packs: resolves the request to a plan and executes it (see `execute-plan.ts`). */

import { replanIfChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { checkPlanned, warnAboutSkipped } from './check-planned.ts';
import { executePlan, type PreparedPacks } from './execute-plan.ts';
import { type InstallRequest, parseInstallRequest } from './install-request.ts';
import {
  type GivenPack,
  type PreparedRequest,
  prepareRequest,
  type ResolvedRequest,
  resolveRequest,
  stageGiven,
} from './plan-install.ts';
import { type InstalledItem, type InstallReceipt, plannedItems, unchangedItem } from './receipt.ts';
import { refuseRequest, warnAboutOlderVersions } from './refused-request.ts';
import { warnAboutYanked } from './warn-about-yanked.ts';

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
    const facts = await prepareRequest(requested, given, request, runtime);
    const resolved = await resolveRequest(facts, given, request).catch((error: unknown) =>
      refuseRequest(error, facts, given, request, runtime),
    );
    const { planned, unchanged, graph } = resolved;
    await warnAboutPlan(resolved, facts, given, request, runtime);
    const kept = unchanged.map((pack) => unchangedItem(pack));
    const { warnings } = runtime.reporter;
    const plan = plannedItems(planned, graph, request, store);
    if (request.dryRun) {
      await checkPlanned(planned, request, 'install', runtime);
      return { dry_run: true, packs: [...plan, ...kept], warnings };
    }
    if (plan.some(({ required_by: by }) => by !== null)) onPlan(plan);
    const options = {
      ...request,
      graph,
      command: 'install' as const,
      isRequested: ({ requiredBy }: { requiredBy: string | undefined }) => requiredBy === undefined,
    };
    const installed = await executePlan(planned, options, area, runtime, prepared);
    return { success: true, packs: [...installed, ...kept], warnings };
  });
}

async function warnAboutPlan(
  resolved: ResolvedRequest,
  facts: PreparedRequest,
  given: readonly GivenPack[],
  request: InstallRequest,
  runtime: Runtime,
): Promise<void> {
  warnAboutYanked(resolved.planned, runtime.reporter);
  if (request.skipDependencies) warnAboutSkipped(resolved.planned, resolved.graph, runtime);
  await warnAboutOlderVersions(resolved, facts, given, request, runtime);
}
