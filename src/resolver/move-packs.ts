/**
 * Moving installed packs to better versions. The solver chooses what is held before anything else and decides in the
 * order that is quickest, so it does not say by itself which pack is to have its best version where not all of them can.
 * Here that is the order in which they are listed: the first gets the best version with which there is a solution at all,
 * the next the best that this leaves, and so on. What is not listed stays, unless one of these needs it to move up.
 */

import compare from 'semver/functions/compare.js';
import { tryParseRequirement } from '../packs/requirement.ts';
import { DependencyCycle } from './errors.ts';
import { type Plan, planInstall } from './plan.ts';
import { NoSolution } from './pubgrub/explanation/no-solution.ts';
import type { Held } from './pubgrub/model/problem.ts';
import type { PlanRequest, PlanRoot, RegistryPack } from './request.ts';

/** An installed pack that may move. */
export interface MovablePack<P extends RegistryPack> {
  readonly ref: string;
  readonly pack: P;
  /** The versions that it may move to, the best first. */
  readonly candidates: readonly string[];
  /** npm's syntax: it has to get in there. `undefined` where it may as well stay as it is. */
  readonly must: string | undefined;
  /** It moves for its own sake, and not only for that of others. */
  readonly asked: boolean;
}

/** `held` has all that is installed; `kept` are the refs of it. */
export interface MoveRequest<P extends RegistryPack> extends Omit<PlanRequest<P>, 'roots' | 'leaveMissing'> {
  readonly movers: readonly MovablePack<P>[];
  /** What was asked for once comes before the rest. */
  readonly kept: readonly string[];
}

export interface MovePlan<P extends RegistryPack> extends Pick<Plan<P>, 'steps'> {
  /** Why a pack does not get the best of its candidates, by ref. */
  readonly heldBack: ReadonlyMap<string, Refusal>;
}

export type Refusal = NoSolution | DependencyCycle;

/**
 * @throws NoSolution or DependencyCycle where what must move cannot; NoMatchingVersion, ResolutionTooHard, and what
 * `lookup` throws
 */
export async function planMoves<P extends RegistryPack>(request: MoveRequest<P>): Promise<MovePlan<P>> {
  const movers = request.movers.filter(({ must, candidates }) => must !== undefined || candidates.length > 0);
  const heldBack = new Map<string, Refusal>();
  if (movers.length === 0) return { steps: [], heldBack };
  const best = new Map(movers.map(({ ref, must, candidates }) => [ref, candidates[0] ?? must!]));
  const all = await attempt(request, best);
  if (!isRefusal(all)) return { steps: all.steps, heldBack };
  const ranges = new Map(movers.flatMap(({ ref, must }) => (must === undefined ? [] : [[ref, must]])));
  const least = ranges.size === 0 ? { steps: [] } : await attempt(request, ranges);
  if (isRefusal(least)) throw least;
  let { steps } = least;
  // What was in a circle may be out of it once another has moved: circles are no reason to the solver.
  for (let waiting = movers, moved = true; moved; ) {
    moved = false;
    const circular: MovablePack<P>[] = [];
    for (const mover of waiting) {
      const { found, refusals } = await bestOf(mover, ranges, request);
      if (refusals[0]) heldBack.set(mover.ref, refusals[0]);
      else heldBack.delete(mover.ref);
      if (refusals.some((refusal) => refusal instanceof DependencyCycle)) circular.push(mover);
      if (!found || found.version === ranges.get(mover.ref)) continue;
      ranges.set(mover.ref, found.version);
      steps = found.plan.steps;
      moved = true;
    }
    waiting = circular;
  }
  return { steps, heldBack };
}

interface Best<P extends RegistryPack> {
  /** Where one of the candidates can be had. */
  readonly found?: { readonly version: string; readonly plan: Plan<P> };
  /** Why those before it cannot. */
  readonly refusals: readonly Refusal[];
}

/** The best of a pack's candidates that goes with what the packs before it have got. */
async function bestOf<P extends RegistryPack>(
  { ref, candidates }: MovablePack<P>,
  ranges: ReadonlyMap<string, string>,
  request: MoveRequest<P>,
): Promise<Best<P>> {
  const refusals: Refusal[] = [];
  for (const version of candidates) {
    const plan = await attempt(request, new Map(ranges).set(ref, version));
    if (!isRefusal(plan)) return { found: { version, plan }, refusals };
    refusals.push(plan);
  }
  return { refusals };
}

/** The plan with which these packs get into these ranges, or why there is none. */
async function attempt<P extends RegistryPack>(
  { movers, kept, held, notAfter, lookup }: MoveRequest<P>,
  ranges: ReadonlyMap<string, string>,
): Promise<Plan<P> | Refusal> {
  const moved = movers.flatMap((mover): PlanRoot<P>[] => {
    const { ref, pack, asked } = mover;
    const range = ranges.get(ref);
    if (range === undefined) return [];
    return [asked ? { kind: 'registry', ref, range, pack } : { kind: 'kept', ref, to: { range, pack } }];
  });
  const roots = [
    ...moved.filter(({ kind }) => kind === 'registry'),
    ...kept.map((ref) => moved.find((root) => root.ref === ref) ?? ({ kind: 'kept', ref } as const)),
  ];
  const unique = [...new Map(roots.map((root) => [root.ref, root])).values()];
  const standing = new Map([...held].map(([ref, { dependencies = [] }]) => [ref, dependencies.flatMap(refNeeded)]));
  const stays = new Map([...held].filter(([ref]) => !ranges.has(ref)));
  try {
    return await planInstall<P>({
      roots: unique,
      held: stays,
      notAfter,
      standing,
      lookup: async (ref) => notBelow(await lookup(ref), held.get(ref)),
    });
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

function refNeeded(text: string): string | [] {
  return tryParseRequirement(text)?.ref ?? [];
}

/** Nothing that is installed goes back for the sake of others. */
function notBelow<P extends RegistryPack>(pack: P | undefined, held: Held | undefined): P | undefined {
  if (!pack || !held) return pack;
  return { ...pack, versions: pack.versions.filter(({ version }) => compare(version, held.version) >= 0) };
}

function isRefusal(result: unknown): result is Refusal {
  return result instanceof NoSolution || result instanceof DependencyCycle;
}
