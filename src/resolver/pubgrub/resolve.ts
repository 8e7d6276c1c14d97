import { compareCodePoints } from '../../packs/tree/order.ts';
import { installOrder } from '../install-order.ts';
import { type Asking, Catalogue } from './catalog.ts';
import { ResolutionTooHard } from './deduction.ts';
import { culpritsOf, describeConflict } from './explanation/conflict.ts';
import { Heap } from './heap.ts';
import type {
  Answer,
  Candidate,
  Conflict,
  MissingPack,
  Outcome,
  Problem,
  ResolvedPack,
  Solved,
} from './model/problem.ts';
import type { Choice } from './pool.ts';
import { type Chosen, solve } from './solve.ts';

/** More reasons say nothing new, and whoever removes these is further than before. */
const MAX_TOLD = 10;

/**
 * Chooses a version of everything that is needed, or proves that there is no choice. The same problem and answers have
 * the same outcome, in whatever order versions, needs and roots are listed.
 * @param lookUp what the registries have of a ref; asked at most once for each, and not where a held version will do
 * @throws ResolutionTooHard; InvalidConstraint for a root's range that is none; what `lookUp` throws
 */
export async function resolve<C extends Candidate>(
  problem: Problem,
  lookUp: (ref: string) => Promise<Answer<C>>,
): Promise<Outcome<C>> {
  const asking = resolveSteps<C>(problem);
  let step = asking.next();
  while (!step.done) step = asking.next(await lookUp(step.value));
  return step.value;
}

/**
 * The same without waiting: gives out a ref, and goes on with what the registries have of it.
 * @throws ResolutionTooHard; InvalidConstraint for a root's range that is none
 */
export function* resolveSteps<C extends Candidate>(problem: Problem): Asking<C, Outcome<C>> {
  const sorted = { ...problem, roots: problem.roots.toSorted((one, other) => compareCodePoints(one.ref, other.ref)) };
  const catalogue = new Catalogue<C>(sorted);
  const result = yield* solve(sorted, catalogue);
  if (!('cause' in result)) return solved(problem, result, catalogue);
  const waived = new Set(culpritsOf(result));
  const conflicts = [describeConflict(result, catalogue)];
  const rest = yield* goOn(sorted, catalogue, conflicts, waived);
  return { solved: false, conflicts, cycles: rest ? solved(problem, rest, catalogue, waived).cycles : [] };
}

/**
 * Looks for other reasons, independent of those that are known: solves what is left of the problem when nothing is
 * demanded of the packs in which they end.
 * @returns the solution of what is left
 */
function* goOn<C extends Candidate>(
  problem: Problem,
  catalogue: Catalogue<C>,
  conflicts: Conflict[],
  waived: Set<string>,
): Asking<C, Chosen<C> | undefined> {
  try {
    for (let before = 0; waived.size > before && conflicts.length < MAX_TOLD; ) {
      before = waived.size;
      const result = yield* solve(problem, catalogue, waived);
      if (!('cause' in result)) return result;
      conflicts.push(describeConflict(result, catalogue));
      for (const ref of culpritsOf(result)) waived.add(ref);
    }
  } catch (error) {
    // That it is hard to find more does not take away from what was found.
    if (!(error instanceof ResolutionTooHard)) throw error;
  }
  return undefined;
}

function solved<C extends Candidate>(
  { roots }: Problem,
  chosen: Chosen<C>,
  catalogue: Catalogue<C>,
  waived: ReadonlySet<string> = new Set(),
): Solved<C> {
  const needs = new Map([...chosen].map(([ref, choice]) => [ref, refsNeeded(choice, chosen, catalogue)]));
  const refs = [...chosen.keys()].sort(compareCodePoints);
  // A circle is best told from where the user comes into it, and is no news where all of it is installed.
  const { cycles } = installOrder(
    [...roots.map(({ ref }) => ref), ...refs].filter((ref) => !waived.has(ref)),
    needs,
  );
  return {
    solved: true,
    packs: inOrder(needs).map((ref) => resolvedPack(ref, chosen.get(ref)!, needs.get(ref)!)),
    missing: missingPacks(chosen, catalogue),
    cycles: cycles.filter((cycle) => cycle.some((ref) => !isInPlace(chosen.get(ref)!))),
  };
}

/** Each after what it needs, otherwise by ref; what is in a circle, or needs what is, has no place and comes last. */
function inOrder(needs: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const waitingFor = new Map([...needs].map(([ref, refs]) => [ref, refs.length]));
  const neededBy = new Map<string, string[]>([...needs.keys()].map((ref) => [ref, []]));
  for (const [ref, refs] of needs) for (const needed of refs) neededBy.get(needed)?.push(ref);
  const ready = new Heap<string>((one, other) => compareCodePoints(one, other) < 0);
  for (const [ref, count] of waitingFor) if (count === 0) ready.push(ref);
  const order = new Set<string>();
  for (let ref = ready.least; ref !== undefined; ref = ready.least) {
    ready.pop();
    order.add(ref);
    for (const by of neededBy.get(ref) ?? []) {
      const left = waitingFor.get(by)! - 1;
      waitingFor.set(by, left);
      if (left === 0) ready.push(by);
    }
  }
  return [...order, ...[...needs.keys()].filter((ref) => !order.has(ref)).sort(compareCodePoints)];
}

function refsNeeded<C extends Candidate>(choice: Choice<C>, chosen: Chosen<C>, catalogue: Catalogue<C>): string[] {
  const refs = catalogue.needsOf(choice).needs.map(({ ref }) => ref);
  return [...new Set(refs)].filter((ref) => chosen.has(ref));
}

function resolvedPack<C extends Candidate>(ref: string, choice: Choice<C>, needs: readonly string[]): ResolvedPack<C> {
  const { candidate } = choice;
  if (candidate) return { ref, version: candidate.version, needs, from: 'registry', candidate };
  return { ref, version: choice.version.raw, needs, from: isInPlace(choice) ? 'held' : 'given' };
}

function isInPlace<C extends Candidate>({ candidate, held }: Choice<C>): boolean {
  return held && candidate === undefined;
}

function missingPacks<C extends Candidate>(chosen: Chosen<C>, catalogue: Catalogue<C>): MissingPack[] {
  const missing = new Map<string, MissingPack['neededBy'][number][]>();
  const byRef = [...chosen].toSorted(([one], [other]) => compareCodePoints(one, other));
  for (const [by, choice] of byRef) {
    for (const { ref, range } of catalogue.needsOf(choice).needs) {
      if (!catalogue.known(ref)?.missing) continue;
      missing.set(ref, [...(missing.get(ref) ?? []), { ref: by, version: choice.version.version, range }]);
    }
  }
  return [...missing]
    .map(([ref, neededBy]) => ({ ref, neededBy }))
    .sort((one, other) => compareCodePoints(one.ref, other.ref));
}
