/**
 * Plans upgrades of installed packs. The solver prefers held versions and decides in the order that is fastest, so it does
 * not choose which pack gets its best version if not all of them can. Here, the order of the list decides: the first pack
 * gets the best version for which there is a solution, the next pack the best version that remains, and so on. Other packs
 * keep their versions unless an upgraded pack requires a higher one.
 */

import compare from 'semver/functions/compare.js';
import { tryParseRequirement } from '../packs/requirement.ts';
import { DependencyCycle } from './errors.ts';
import { type Plan, planInstall } from './plan.ts';
import { NoSolution } from './pubgrub/explanation/no-solution.ts';
import type { HeldVersion } from './pubgrub/model/problem.ts';
import type { PlanRequest, PlanRoot, RegistryPack } from './request.ts';

/** An installed pack whose version may change. */
export interface MovablePack<P extends RegistryPack> {
  readonly ref: string;
  readonly pack: P;
  /** The versions that the pack may move to, best first. */
  readonly candidates: readonly string[];
  /** A range that the pack has to move into, in npm's syntax; `undefined` if it may keep its version. */
  readonly requiredRange: string | undefined;
  /** True if the upgrade of this pack was requested; if not, it moves only with the others. */
  readonly requested: boolean;
}

/** A request whose `held` contains all installed packs. */
export interface MoveRequest<P extends RegistryPack>
  extends Omit<PlanRequest<P>, 'roots' | 'allowMissing' | 'installed'> {
  readonly movers: readonly MovablePack<P>[];
  /** The refs of all installed packs; requested ones come before dependencies. */
  readonly installed: readonly string[];
}

export interface MovePlan<P extends RegistryPack> extends Pick<Plan<P>, 'steps'> {
  /** Why packs do not get the best of their candidates, by ref. */
  readonly heldBack: ReadonlyMap<string, Refusal>;
}

export type Refusal = NoSolution | DependencyCycle;

/**
 * @throws NoSolution or DependencyCycle if a required range cannot be reached; NoMatchingVersion, ResolutionTooHard, and
 * what `lookup` throws
 */
export async function planMoves<P extends RegistryPack>(request: MoveRequest<P>): Promise<MovePlan<P>> {
  const movers = request.movers.filter(
    ({ requiredRange, candidates }) => requiredRange !== undefined || candidates.length > 0,
  );
  const heldBack = new Map<string, Refusal>();
  if (movers.length === 0) return { steps: [], heldBack };
  const best = new Map(movers.map(({ ref, requiredRange, candidates }) => [ref, candidates[0] ?? requiredRange!]));
  const all = await tryPlan(request, best);
  if (!isRefusal(all)) return { steps: all.steps, heldBack };
  const ranges = new Map(
    movers.flatMap(({ ref, requiredRange }) => (requiredRange === undefined ? [] : [[ref, requiredRange]])),
  );
  const minimal = ranges.size === 0 ? { steps: [] } : await tryPlan(request, ranges);
  if (isRefusal(minimal)) throw minimal;
  let { steps } = minimal;
  // A pack that was refused because of a cycle is tried again after another has moved: the solver ignores cycles.
  for (let pending = movers, moved = true; moved; ) {
    moved = false;
    const inCycle: MovablePack<P>[] = [];
    for (const mover of pending) {
      const { found, refusals } = await bestOf(mover, ranges, request);
      if (refusals[0]) heldBack.set(mover.ref, refusals[0]);
      else heldBack.delete(mover.ref);
      if (refusals.some((refusal) => refusal instanceof DependencyCycle)) inCycle.push(mover);
      if (!found || found.version === ranges.get(mover.ref)) continue;
      ranges.set(mover.ref, found.version);
      steps = found.plan.steps;
      moved = true;
    }
    pending = inCycle;
  }
  return { steps, heldBack };
}

interface Best<P extends RegistryPack> {
  /** The best candidate with a plan, if there is one. */
  readonly found?: { readonly version: string; readonly plan: Plan<P> };
  /** Why the better candidates were refused. */
  readonly refusals: readonly Refusal[];
}

/** Returns the best candidate of a pack that is compatible with the versions of the packs before it. */
async function bestOf<P extends RegistryPack>(
  { ref, candidates }: MovablePack<P>,
  ranges: ReadonlyMap<string, string>,
  request: MoveRequest<P>,
): Promise<Best<P>> {
  const refusals: Refusal[] = [];
  for (const version of candidates) {
    const plan = await tryPlan(request, new Map(ranges).set(ref, version));
    if (!isRefusal(plan)) return { found: { version, plan }, refusals };
    refusals.push(plan);
  }
  return { refusals };
}

/** Returns the plan that moves packs into ranges, or the error that explains why there is none. */
async function tryPlan<P extends RegistryPack>(
  { movers, installed, held, notAfter, lookup }: MoveRequest<P>,
  ranges: ReadonlyMap<string, string>,
): Promise<Plan<P> | Refusal> {
  const moved = movers.flatMap((mover): PlanRoot<P>[] => {
    const { ref, pack, requested } = mover;
    const range = ranges.get(ref);
    if (range === undefined) return [];
    return [requested ? { kind: 'registry', ref, range, pack } : { kind: 'installed', ref, to: { range, pack } }];
  });
  const roots = [
    ...moved.filter(({ kind }) => kind === 'registry'),
    ...installed.map((ref) => moved.find((root) => root.ref === ref) ?? ({ kind: 'installed', ref } as const)),
  ];
  const unique = [...new Map(roots.map((root) => [root.ref, root])).values()];
  const dependencies = new Map(
    [...held].map(([ref, { dependencies = [] }]) => [ref, dependencies.flatMap(dependencyRef)]),
  );
  const unmoved = new Map([...held].filter(([ref]) => !ranges.has(ref)));
  try {
    return await planInstall<P>({
      roots: unique,
      held: unmoved,
      notAfter,
      installed: dependencies,
      lookup: async (ref) => markDowngrades(await lookup(ref), held.get(ref)),
    });
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

function dependencyRef(text: string): string | [] {
  return tryParseRequirement(text)?.ref ?? [];
}

/** Excludes the versions below the installed one: no installed pack is downgraded because of others. */
export function markDowngrades<P extends RegistryPack>(
  pack: P | undefined,
  held: Pick<HeldVersion, 'version'> | undefined,
): P | undefined {
  if (!pack || !held) return pack;
  const mark = (one: P['versions'][number]) =>
    compare(one.version, held.version) < 0 ? { ...one, newerInstalled: held.version } : one;
  return { ...pack, versions: pack.versions.map(mark) };
}

function isRefusal(result: unknown): result is Refusal {
  return result instanceof NoSolution || result instanceof DependencyCycle;
}
