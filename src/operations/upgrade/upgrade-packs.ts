import compare from 'semver/functions/compare.js';
import { checkPlanned } from '../install/check-planned.ts';
import { executePlan, type PreparedPacks } from '../install/execute-plan.ts';
import type { PlanListener } from '../install/install-packs.ts';
import { ContradictoryRequest, type InstallRequest } from '../install/install-request.ts';
import type { PlannedPack } from '../install/plan-install.ts';
import { type InstallReceipt, plannedItems, unchangedItem } from '../install/receipt.ts';
import type { TestPolicy } from '../install/test-gate.ts';
import type { Graph } from '../installed/pack-graph.ts';
import { replanIfChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';
import { warnAboutSource, warnAboutYankedInstallations } from './bound-source.ts';
import { BranchTips } from './branch-tips.ts';
import { type PlannedUpgrade, planFullUpgrade, planTargetedUpgrade, warnAboutShadowing } from './plan-upgrade.ts';
import { parseUpgradeTargets } from './upgrade-request.ts';

export interface UpgradeRequest
  extends TestPolicy,
    Pick<InstallRequest, 'registry' | 'force' | 'skipTests' | 'allowWeakChecksum' | 'dryRun' | 'jobs'> {
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
  const tips = new BranchTips(area, runtime);
  return await replanIfChanged(async () => {
    const { planned, considered, graph } = await planUpgrade(request, tips, runtime);
    const changing = new Set(planned.map(({ ref }) => ref));
    const staying = considered.filter(({ pack }) => !changing.has(pack.ref));
    warnAboutYankedInstallations(staying, runtime);
    warnAboutLowerTips(planned, graph, runtime);
    const unchanged = staying.map(({ pack, failure }) => unchangedItem(pack, failure?.reason));
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

async function planUpgrade(
  { refs, registry }: UpgradeRequest,
  tips: BranchTips,
  runtime: Runtime,
): Promise<PlannedUpgrade> {
  if (refs.length > 0) {
    const installed = new Set((await runtime.store()).versions().keys());
    return planTargetedUpgrade(parseUpgradeTargets(refs, installed, runtime.environment), registry, tips, runtime);
  }
  if (registry !== undefined) {
    throw new ContradictoryRequest(
      '--registry binds packs to another registry, but no pack is named.',
      'Name the packs to bind to that registry.',
    );
  }
  const upgrade = await planFullUpgrade(tips, runtime);
  for (const { pack, failure } of upgrade.considered) {
    if (pack.pinned) runtime.reporter.note(`'${pack.ref}' is pinned and stays at ${pack.version}.`);
    else if (failure) warnAboutSource({ pack, failure }, runtime);
  }
  await warnAboutShadowing(upgrade.considered, await runtime.registries(), runtime);
  return upgrade;
}

/** Warns about branches whose tip has a lower version than the installed pack. The pack follows its branch anyway. */
function warnAboutLowerTips(
  planned: readonly PlannedPack[],
  graph: Graph,
  { reporter }: Pick<Runtime, 'reporter'>,
): void {
  for (const { ref, version, from } of planned) {
    const installed = graph.find((pack) => pack.ref === ref)?.version;
    if (from.kind !== 'given' || installed === undefined || compare(version, installed) >= 0) continue;
    reporter.warn(`The branch of '${ref}' has version ${version}, which is lower than the installed ${installed}.`);
  }
}
