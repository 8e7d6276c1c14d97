/**
 * Which installed packs move, and to what: as far up as the ranges of all that stays allow, in one plan. A pack takes its
 * versions from the registry that it was installed from; what it comes to need is looked for in all of them, as ever.
 */
import compare from 'semver/functions/compare.js';
import type { FoundPack, Registries } from '../../registry/lookup/registries.ts';
import { npmRange, satisfies } from '../../resolver/constraint.ts';
import { eligibleVersions } from '../../resolver/eligible-versions.ts';
import { NoMatchingVersion } from '../../resolver/errors.ts';
import { installOrder } from '../../resolver/install-order.ts';
import { type MovePlan, type Mover, planMoves } from '../../resolver/move-packs.ts';
import { NoSolution } from '../../resolver/pubgrub/explanation/no-solution.ts';
import type { InstalledNode, InstalledPack } from '../../store/installed.ts';
import { PackPinned } from '../install/already-installed.ts';
import { upgradeConflict } from '../install/conflict-hint.ts';
import { holdInstalled } from '../install/hold-installed.ts';
import { type PlannedPack, plannedFromRegistry, releaseCutoff } from '../install/plan-install.ts';
import { type Graph, withDependencies } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { boundSource, shadowingRegistries, sourceInRegistry, type UpgradeSource } from './rebind-source.ts';

/** An installed pack that is named, with where it is to go: npm's syntax, `undefined` for as far up as it can. */
export interface UpgradeTarget {
  readonly ref: string;
  readonly range: string | undefined;
}

export interface PlannedUpgrade {
  /** Each after what it needs. */
  readonly planned: readonly PlannedPack[];
  /** What was looked at, changed or not, in the order in which it was. */
  readonly considered: readonly UpgradeSource[];
  /** What was installed when this was planned. */
  readonly graph: Graph;
}

type Tools = Pick<Runtime, 'store' | 'registries' | 'config' | 'clock' | 'reporter'>;

/**
 * Plans the move of some installed packs; what they need may move with them.
 * @param registry where they come from from now on, in place of the registries that they are bound to
 * @throws PackPinned, NoUpgradeSource, NoMatchingVersion, and what `planMoves` throws
 */
export async function planTargetedUpgrade(
  wishes: readonly UpgradeTarget[],
  registry: string | undefined,
  runtime: Tools,
): Promise<PlannedUpgrade> {
  const [graph, installed, registries] = await lookAround(runtime);
  const pinned = graph.filter((node) => node.pinned && wishes.some(({ ref }) => ref === node.ref));
  if (pinned.length > 0) throw new PackPinned(pinned);
  const notAfter = await releaseCutoff(runtime);
  const considered: UpgradeSource[] = [];
  const movers: Mover<FoundPack>[] = [];
  for (const { ref, range } of wishes) {
    const pack = installed.get(ref)!;
    const source = await (registry === undefined
      ? boundSource(pack, registries)
      : sourceInRegistry(pack, registry, registries));
    if (!source.found) throw source.why;
    considered.push(source);
    movers.push({ ref, pack: source.found, asked: true, ...whereTo(pack, source.found, range, notAfter) });
  }
  const plan = await movesOf(movers, graph, installed, runtime).catch((error: unknown) => {
    throw error instanceof NoSolution ? upgradeConflict(error, installed) : error;
  });
  for (const [ref, why] of plan.heldBack) {
    const [, ...lines] = why.message.split('\n');
    const best = movers.find((mover) => mover.ref === ref)?.candidates[0];
    runtime.reporter.warn([`'${ref}' cannot be moved to ${best}:`, ...lines].join('\n'));
  }
  if (registry === undefined) await warnAboutShadowing(considered, registries, runtime);
  return { planned: plannedPacks(plan), considered, graph };
}

/**
 * Plans the move of all packs that were asked for once, and of what they need. Pinned ones stay.
 * @throws what `planMoves` throws
 */
export async function planFullUpgrade(runtime: Tools): Promise<PlannedUpgrade> {
  const [graph, installed, registries] = await lookAround(runtime);
  const notAfter = await releaseCutoff(runtime);
  const considered: UpgradeSource[] = [];
  const movers: Mover<FoundPack>[] = [];
  for (const { ref, pinned, requested } of inOrderOfRank(graph)) {
    const pack = installed.get(ref)!;
    const source = await boundSource(pack, registries);
    considered.push(source);
    if (!source.found || pinned) continue;
    movers.push({ ref, pack: source.found, asked: requested, ...whereTo(pack, source.found, undefined, notAfter) });
  }
  return { planned: plannedPacks(await movesOf(movers, graph, installed, runtime)), considered, graph };
}

/** Says of packs that another registry has one of that name, and would be asked first if they were not bound. */
export async function warnAboutShadowing(
  considered: readonly UpgradeSource[],
  registries: Registries,
  { reporter }: Pick<Runtime, 'reporter'>,
): Promise<void> {
  for (const { pack } of considered) {
    for (const name of await shadowingRegistries(pack, registries)) {
      reporter.warn(
        `The registry '${name}' has a pack '${pack.ref}' too, and comes before '${pack.registry}', which it was installed from and stays bound to. It moves there with: attune pack upgrade ${pack.ref} --registry ${name}`,
      );
    }
  }
}

async function lookAround(runtime: Tools): Promise<[Graph, ReadonlyMap<string, InstalledPack>, Registries]> {
  const store = await runtime.store();
  const installed = new Map(store.list().map((pack) => [pack.ref, pack]));
  return [store.graph(), installed, await runtime.registries()];
}

/** What was asked for once and what that needs: the former first, and each before what it needs. */
function inOrderOfRank(graph: Graph): InstalledNode[] {
  const byRef = new Map(graph.map((node) => [node.ref, node]));
  const requested = graph.filter((node) => node.requested).map(({ ref }) => ref);
  const needs = new Map(graph.map(({ ref, dependencies }) => [ref, dependencies.map((need) => need.ref)]));
  const { order } = installOrder([...withDependencies(graph, requested)].reverse(), needs);
  const nodes = order.toReversed().flatMap((ref) => byRef.get(ref) ?? []);
  return [...nodes.filter((node) => node.requested), ...nodes.filter((node) => !node.requested)];
}

/**
 * Where a pack may go, and whether it must. Without a range it goes up and never down; whoever has a prerelease asked
 * for it, and gets later ones of the same release too.
 * @throws NoMatchingVersion
 */
function whereTo(
  { ref, version, registry }: InstalledPack,
  { versions, registry: source }: FoundPack,
  wished: string | undefined,
  notAfter: Date | undefined,
): Pick<Mover<FoundPack>, 'candidates' | 'must'> {
  const range = wished ?? `>=${version}`;
  const rebinds = registry !== source.name;
  const isIn = !rebinds && satisfies(version, npmRange(range));
  if (!isIn && eligibleVersions(versions, { range }).length === 0) {
    throw new NoMatchingVersion([{ ref, range, available: versions }]);
  }
  const candidates = eligibleVersions(versions, { range, notAfter })
    .map((one) => one.version)
    .filter((one) => !isIn || compare(one, version) > 0);
  return { candidates, must: isIn ? undefined : range };
}

async function movesOf(
  movers: readonly Mover<FoundPack>[],
  graph: Graph,
  installed: ReadonlyMap<string, InstalledPack>,
  runtime: Tools,
): Promise<MovePlan<FoundPack>> {
  const registries = await runtime.registries();
  const bindable = new Set(registries.chosen().map(({ name }) => name));
  const isFirm = ({ registry }: InstalledNode) => registry === null || !bindable.has(registry);
  return planMoves<FoundPack>({
    movers,
    kept: graph.toSorted((one, other) => Number(other.requested) - Number(one.requested)).map(({ ref }) => ref),
    held: holdInstalled(graph, new Set(), isFirm),
    notAfter: await releaseCutoff(runtime),
    async lookup(ref) {
      const pack = installed.get(ref);
      if (!pack) return registries.find(ref);
      return (await boundSource(pack, registries)).found;
    },
  });
}

function plannedPacks({ steps }: MovePlan<FoundPack>): PlannedPack[] {
  return steps.filter((step) => step.kind === 'registry').map(plannedFromRegistry);
}
