import { AttuneError } from '../../errors.ts';
import { executePlan } from '../install/execute-plan.ts';
import type { PlanListener } from '../install/install-packs.ts';
import { ContradictoryRequest, type InstallRequest } from '../install/install-request.ts';
import { type InstallReceipt, plannedItems, unchangedItem } from '../install/receipt.ts';
import { type Graph, needsOf } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { type PlannedUpgrade, planFullUpgrade, planTargetedUpgrade, warnAboutShadowing } from './plan-upgrade.ts';
import { parseUpgradeTargets } from './upgrade-request.ts';

export interface UpgradeRequest
  extends Pick<InstallRequest, 'registry' | 'force' | 'skipTests' | 'allowWeakChecksum' | 'dryRun' | 'jobs'> {
  /** `slack`, `slack@^2`; none for all that was asked for once, with what it needs. */
  readonly refs: readonly string[];
}

/** The plan was made for something else than what is installed now. */
class ChangedMeanwhile extends AttuneError {
  constructor(refs: readonly string[]) {
    const names = refs.map((ref) => `'${ref}'`).join(', ');
    super('STORE_CHANGED', `Another attune changed ${names}, or what needs it, while the upgrade was prepared.`, {
      facts: { refs },
      hint: 'Run it again.',
    });
  }
}

/**
 * Moves installed packs to better versions, with what they then need: all of it, or nothing.
 * @throws AttuneError of every family; the store is then as it was
 */
export async function upgradePacks(
  request: UpgradeRequest,
  runtime: Runtime,
  onPlan: PlanListener = () => {},
): Promise<InstallReceipt> {
  const store = await runtime.store();
  using area = store.stage();
  const { planned, considered, graph } = await planUpgrade(request, runtime);
  const changing = new Set(planned.map(({ ref }) => ref));
  const unchanged = considered.filter(({ pack }) => !changing.has(pack.ref)).map(({ pack }) => unchangedItem(pack));
  const options = { ...request, skipDependencies: false };
  const { warnings } = runtime.reporter;
  const plan = plannedItems(planned, graph, options, store);
  if (request.dryRun) return { dry_run: true, packs: [...plan, ...unchanged], warnings };
  if (plan.some(({ required_by: by }) => by !== null || request.refs.length === 0)) onPlan(plan);
  const upgraded = await executePlan(
    planned,
    {
      ...options,
      // What was asked for once stays so; nothing else becomes so by moving.
      isRequested: () => false,
      confirm: (_, writer) => refuseChanged(changing, graph, writer.graph()),
    },
    area,
    runtime,
  );
  return { success: true, packs: [...upgraded, ...unchanged], warnings };
}

async function planUpgrade({ refs, registry }: UpgradeRequest, runtime: Runtime): Promise<PlannedUpgrade> {
  if (refs.length > 0) {
    const installed = new Set((await runtime.store()).versions().keys());
    return planTargetedUpgrade(parseUpgradeTargets(refs, installed, runtime.environment), registry, runtime);
  }
  if (registry !== undefined) {
    throw new ContradictoryRequest(
      '--registry binds packs to another registry, and none is named.',
      'Name the packs that are to come from there.',
    );
  }
  const upgrade = await planFullUpgrade(runtime);
  for (const { pack, why } of upgrade.considered) {
    if (pack.pinned) runtime.reporter.note(`'${pack.ref}' is pinned and stays at ${pack.version}.`);
    else if (why && pack.registry !== null) runtime.reporter.warn(why.message);
  }
  await warnAboutShadowing(upgrade.considered, await runtime.registries(), runtime);
  return upgrade;
}

/** @throws ChangedMeanwhile */
function refuseChanged(refs: ReadonlySet<string>, before: Graph, now: Graph): void {
  const changed = [...refs].filter((ref) => standing(ref, before) !== standing(ref, now));
  if (changed.length > 0) throw new ChangedMeanwhile(changed);
}

/** How a pack stands, and what others want of it, to be compared. */
function standing(ref: string, graph: Graph): string {
  const node = graph.find((one) => one.ref === ref);
  return JSON.stringify([node?.version, node?.checksum, node?.pinned, needsOf(graph, new Set([ref]))]);
}
