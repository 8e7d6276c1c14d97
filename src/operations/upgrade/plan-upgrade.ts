/**
 * Plans upgrades: as high as the ranges of all remaining packs allow, in one plan. The versions of an installed pack come
 * from the registry that it was installed from; new dependencies are looked up in all registries by priority.
 */
import compare from 'semver/functions/compare.js';
import type { FoundPack, Registries } from '../../registry/lookup/registries.ts';
import { npmRange, satisfies } from '../../resolver/constraint.ts';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import { NoMatchingVersion } from '../../resolver/errors.ts';
import { installOrder } from '../../resolver/install-order.ts';
import { type MovablePack, type MovePlan, planMoves } from '../../resolver/move-packs.ts';
import { NoSolution } from '../../resolver/solver.ts';
import type { InstalledNode, InstalledPack } from '../../store/installed.ts';
import { PackPinned } from '../install/already-installed.ts';
import { upgradeConflict } from '../install/conflict-hint.ts';
import { holdInstalled } from '../install/hold-installed.ts';
import { type PlannedPack, plannedFromRegistry, releaseCutoff } from '../install/plan-install.ts';
import { warnAboutYanked } from '../install/warn-about-yanked.ts';
import { type Graph, withDependencies } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { boundSource, shadowingRegistries, sourceInRegistry, type UpgradeSource } from './bound-source.ts';
import type { BranchTips, MovedPack } from './branch-tips.ts';
import type { UpgradeTarget } from './upgrade-request.ts';

export interface PlannedUpgrade {
  /** Dependencies precede their dependents. */
  readonly planned: readonly PlannedPack[];
  /** The packs that were considered, changed or not, in order. */
  readonly considered: readonly UpgradeSource[];
  /** The installed packs at the time of planning. */
  readonly graph: Graph;
}

type Tools = Pick<Runtime, 'store' | 'registries' | 'config' | 'clock' | 'reporter'>;
/** A pack in a registry, or at the tip of a branch. */
type UpgradePack = FoundPack | MovedPack;
type Mover = MovablePack<UpgradePack>;

/**
 * Plans the upgrade of named packs. Their dependencies may be upgraded with them.
 * @param registry the registry to bind the packs to, in place of the registries that they are bound to
 * @param tips without them, packs that follow a branch cannot be upgraded
 * @throws PackPinned, NoUpgradeSource, NoMatchingVersion, and what `planMoves` throws
 */
export async function planTargetedUpgrade(
  targets: readonly UpgradeTarget[],
  registry: string | undefined,
  tips: BranchTips | undefined,
  runtime: Tools,
): Promise<PlannedUpgrade> {
  const [graph, installed, registries] = await readState(runtime);
  const pinned = graph.filter((node) => node.pinned && targets.some(({ ref }) => ref === node.ref));
  if (pinned.length > 0) throw new PackPinned(pinned);
  const notAfter = await releaseCutoff(runtime);
  const considered: UpgradeSource[] = [];
  const movers: Mover[] = [];
  for (const { ref, range } of targets) {
    const pack = installed.get(ref)!;
    const source = await (registry === undefined
      ? boundSource(pack, registries, tips)
      : sourceInRegistry(pack, registry, registries));
    if (source.failure) throw source.failure;
    considered.push(source);
    movers.push(...moverOf(source, { range, requested: true, notAfter }));
  }
  const plan = await resolveMoves(movers, graph, installed, runtime).catch((error: unknown) => {
    throw error instanceof NoSolution ? upgradeConflict(error, installed) : error;
  });
  for (const [ref, reason] of plan.heldBack) {
    const [, ...lines] = reason.message.split('\n');
    const best = movers.find((mover) => mover.ref === ref)?.candidates[0];
    runtime.reporter.warn([`'${ref}' cannot be upgraded to ${best}:`, ...lines].join('\n'));
  }
  if (registry === undefined) await warnAboutShadowing(considered, registries, runtime);
  const planned = plannedPacks(plan);
  warnAboutYanked(planned, runtime.reporter);
  return { planned, considered, graph };
}

/**
 * Plans the upgrade of all requested packs and their dependencies, except for pinned ones.
 * @throws what `planMoves` throws
 */
export async function planFullUpgrade(tips: BranchTips, runtime: Tools): Promise<PlannedUpgrade> {
  const [graph, installed, registries] = await readState(runtime);
  const notAfter = await releaseCutoff(runtime);
  const considered: UpgradeSource[] = [];
  const movers: Mover[] = [];
  await tips.readAll([...installed.values()]);
  for (const { ref, pinned, requested } of byPriority(graph)) {
    const source = await boundSource(installed.get(ref)!, registries, tips);
    considered.push(source);
    if (!pinned) movers.push(...moverOf(source, { range: undefined, requested, notAfter }));
  }
  return { planned: plannedPacks(await resolveMoves(movers, graph, installed, runtime)), considered, graph };
}

/** Warns about packs of the same name in registries that take precedence over the one that a pack is bound to. */
export async function warnAboutShadowing(
  considered: readonly UpgradeSource[],
  registries: Registries,
  { reporter }: Pick<Runtime, 'reporter'>,
): Promise<void> {
  for (const { pack } of considered) {
    for (const name of await shadowingRegistries(pack, registries)) {
      reporter.warn(
        `The registry '${name}' also has a pack '${pack.ref}' and takes precedence over '${pack.registry}', which this pack was installed from and stays bound to. Switch with 'attune pack upgrade ${pack.ref} --registry ${name}'.`,
      );
    }
  }
}

async function readState(runtime: Tools): Promise<[Graph, ReadonlyMap<string, InstalledPack>, Registries]> {
  const store = await runtime.store();
  const installed = new Map(store.list().map((pack) => [pack.ref, pack]));
  return [store.graph(), installed, await runtime.registries()];
}

/** Returns the requested packs, then their dependencies; among both, dependents before their dependencies. */
function byPriority(graph: Graph): InstalledNode[] {
  const byRef = new Map(graph.map((node) => [node.ref, node]));
  const requested = graph.filter((node) => node.requested).map(({ ref }) => ref);
  const edges = new Map(graph.map(({ ref, dependencies }) => [ref, dependencies.map((dependency) => dependency.ref)]));
  const { order } = installOrder([...withDependencies(graph, requested)].reverse(), edges);
  const nodes = order.toReversed().flatMap((ref) => byRef.get(ref) ?? []);
  return [...nodes.filter((node) => node.requested), ...nodes.filter((node) => !node.requested)];
}

interface MoveOptions {
  /** The requested range. */
  readonly range: string | undefined;
  readonly requested: boolean;
  readonly notAfter: Date | undefined;
}

/** Returns the pack of a source as a mover, if its version may change. @throws NoMatchingVersion */
function moverOf({ pack, found, tip }: UpgradeSource, { range, requested, notAfter }: MoveOptions): Mover[] {
  const { ref } = pack;
  if (found) return [{ ref, pack: found, requested, ...allowedVersions(pack, found, range, notAfter) }];
  if (!tip) return [];
  const version = tip.moved?.versions[0]?.version ?? pack.version;
  if (range !== undefined && !satisfies(version, npmRange(range))) {
    throw new NoMatchingVersion([{ ref, range, available: [{ version }] }]);
  }
  if (!tip.moved) return [];
  const mayStay = range === undefined || satisfies(pack.version, npmRange(range));
  return [{ ref, pack: tip.moved, requested, candidates: [version], requiredRange: mayStay ? undefined : range }];
}

/**
 * Returns the versions that a pack may change to, and the range that it must change to, if any. Without a requested range
 * a pack is never downgraded; an installed prerelease may be upgraded to a later prerelease of the same release.
 * @throws NoMatchingVersion
 */
function allowedVersions(
  { ref, version, registry }: InstalledPack,
  { versions, registry: source }: FoundPack,
  requestedRange: string | undefined,
  notAfter: Date | undefined,
): Pick<Mover, 'candidates' | 'requiredRange'> {
  const range = requestedRange ?? `>=${version}`;
  const rebinds = registry !== source.name;
  const mayStay = !rebinds && satisfies(version, npmRange(range));
  if (!mayStay && eligibleVersions(versions, { range }).length === 0) {
    throw new NoMatchingVersion([{ ref, range, available: versions }]);
  }
  const candidates = eligibleVersions(versions, { range, notAfter })
    .map((one) => one.version)
    .filter((one) => !mayStay || compare(one, version) > 0);
  return { candidates, requiredRange: mayStay ? undefined : range };
}

async function resolveMoves(
  movers: readonly Mover[],
  graph: Graph,
  installed: ReadonlyMap<string, InstalledPack>,
  runtime: Tools,
): Promise<MovePlan<UpgradePack>> {
  const registries = await runtime.registries();
  const available = new Set(registries.chosen().map(({ name }) => name));
  const isFirm = ({ registry }: InstalledNode) => registry === null || !available.has(registry);
  return planMoves<UpgradePack>({
    movers,
    installed: graph.toSorted((one, other) => Number(other.requested) - Number(one.requested)).map(({ ref }) => ref),
    held: holdInstalled(graph, new Set(), isFirm),
    notAfter: await releaseCutoff(runtime),
    async lookup(ref) {
      const registry = installed.get(ref)?.registry;
      // A pack that no registry has keeps its version.
      if (registry === null || (registry !== undefined && !available.has(registry))) return undefined;
      return registries.find(ref, { registry });
    },
  });
}

function plannedPacks({ steps }: MovePlan<UpgradePack>): PlannedPack[] {
  return steps.flatMap((step): PlannedPack[] => {
    if (step.kind !== 'registry') return [];
    const { ref, version, requestedBy: requiredBy, pack, release } = step;
    if ('staged' in pack) return [{ ref, version, requiredBy, from: { kind: 'given', staged: pack.staged } }];
    return 'release' in release ? [plannedFromRegistry({ ...step, pack, release })] : [];
  });
}
