import { checkPlanned } from '../install/check-planned.ts';
import { executePlan, type PreparedPacks } from '../install/execute-plan.ts';
import type { PlanListener } from '../install/install-packs.ts';
import { ContradictoryRequest, type InstallRequest } from '../install/install-request.ts';
import { type InstallReceipt, plannedItems, unchangedItem } from '../install/receipt.ts';
import { replanIfChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { warnAboutYankedInstallations } from './bound-source.ts';
import { type PlannedUpgrade, planFullUpgrade, planTargetedUpgrade, warnAboutShadowing } from './plan-upgrade.ts';
import { parseUpgradeTargets } from './upgrade-request.ts';

export interface UpgradeRequest
  extends Pick<InstallRequest, 'registry' | 'force' | 'skipTests' | 'allowWeakChecksum' | 'dryRun' | 'jobs'> {
  /** REF arguments such as `slack` and `slack@^2`; empty for all requested packs and their dependencies. */
  readonly refs: readonly string[];
}

/**
 * Upgrades installed packs and installs new dependencies: all of them, or none.
 * @throws AttuneError of every family; the store is then unchanged
 */
export async function upgradePacks(
  request: UpgradeRequest,
  runtime: Runtime,
  onPlan: PlanListener = () => {},
): Promise<InstallReceipt> {
  const store = await runtime.store();
  using area = store.stage(request);
  const prepared: PreparedPacks = new Map();
  return await replanIfChanged(async () => {
    const { planned, considered, graph } = await planUpgrade(request, runtime);
    const changing = new Set(planned.map(({ ref }) => ref));
    const staying = considered.filter(({ pack }) => !changing.has(pack.ref));
    warnAboutYankedInstallations(staying, runtime);
    const unchanged = staying.map(({ pack }) => unchangedItem(pack));
    // An upgrade does not turn a dependency into a requested pack.
    const options = {
      ...request,
      graph,
      skipDependencies: false,
      command: 'upgrade' as const,
      isRequested: () => false,
    };
    const { warnings } = runtime.reporter;
    const plan = plannedItems(planned, graph, options, store);
    if (request.dryRun) {
      await checkPlanned(planned, options, options.command, runtime);
      return { dry_run: true, packs: [...plan, ...unchanged], warnings };
    }
    if (plan.some(({ required_by: by }) => by !== null || request.refs.length === 0)) onPlan(plan);
    const upgraded = await executePlan(planned, options, area, runtime, prepared);
    return { success: true, packs: [...upgraded, ...unchanged], warnings };
  });
}

async function planUpgrade({ refs, registry }: UpgradeRequest, runtime: Runtime): Promise<PlannedUpgrade> {
  if (refs.length > 0) {
    const installed = new Set((await runtime.store()).versions().keys());
    return planTargetedUpgrade(parseUpgradeTargets(refs, installed, runtime.environment), registry, runtime);
  }
  if (registry !== undefined) {
    throw new ContradictoryRequest(
      '--registry binds packs to another registry, but no pack is named.',
      'Name the packs to bind to that registry.',
    );
  }
  const upgrade = await planFullUpgrade(runtime);
  for (const { pack, failure } of upgrade.considered) {
    if (pack.pinned) runtime.reporter.note(`'${pack.ref}' is pinned and stays at ${pack.version}.`);
    else if (failure && pack.registry !== null) runtime.reporter.warn(failure.message);
  }
  await warnAboutShadowing(upgrade.considered, await runtime.registries(), runtime);
  return upgrade;
}
