import { compareCodePoints } from '../../packs/tree/order.ts';
import { Pacer } from '../../platform/interruptible.ts';
import { installOrder } from '../install-order.ts';
import { Catalog, type LookupGenerator } from './catalog.ts';
import { conflictingPacks, describeConflict } from './explanation/conflict.ts';
import { Heap } from './heap.ts';
import type {
  Candidate,
  Conflict,
  LookupResult,
  MissingPack,
  Outcome,
  Problem,
  ResolvedPack,
  Solved,
} from './model/problem.ts';
import type { Choice } from './pool.ts';
import { ResolutionTooHard } from './propagator.ts';
import { type Chosen, solve } from './solve.ts';

/** The maximum number of independent conflicts that are reported. */
const MAX_REPORTED = 10;

/**
 * Chooses a version of every required pack, or proves that there is no solution. The same problem and lookup results have
 * the same outcome, regardless of the order in which versions, dependencies and roots are listed.
 * @param lookUp returns the versions of a ref; called at most once for each, and not if a held version matches
 * @throws ResolutionTooHard; InvalidConstraint for an invalid range of a root; what `lookUp` throws
 */
export async function resolve<C extends Candidate>(
  problem: Problem,
  lookUp: (ref: string) => Promise<LookupResult<C>>,
): Promise<Outcome<C>> {
  const pacer = new Pacer();
  const steps = resolveSteps<C>(problem);
  let step = steps.next();
  while (!step.done) {
    if (step.value === undefined && pacer.isDue) await pacer.pause();
    step = steps.next(step.value === undefined ? undefined : await lookUp(step.value));
  }
  return step.value;
}

/**
 * The synchronous form of `resolve`, which yields each ref to look up, and `undefined` between steps.
 * @throws ResolutionTooHard; InvalidConstraint for an invalid range of a root
 */
export function* resolveSteps<C extends Candidate>(problem: Problem): LookupGenerator<C, Outcome<C>> {
  const sorted = { ...problem, roots: problem.roots.toSorted((one, other) => compareCodePoints(one.ref, other.ref)) };
  const catalog = new Catalog<C>(sorted);
  const result = yield* solve(sorted, catalog);
  if (!('cause' in result)) return solved(problem, result, catalog);
  const waived = new Set(conflictingPacks(result));
  const conflicts = [describeConflict(result, catalog)];
  const rest = yield* findMoreConflicts(sorted, catalog, conflicts, waived);
  return { solved: false, conflicts, cycles: rest ? solved(problem, rest, catalog, waived).cycles : [] };
}

/**
 * Finds further conflicts that are independent of the known ones, by solving the problem without requirements on the packs
 * that conflict.
 * @returns the solution of the remaining problem
 */
function* findMoreConflicts<C extends Candidate>(
  problem: Problem,
  catalog: Catalog<C>,
  conflicts: Conflict[],
  waived: Set<string>,
): LookupGenerator<C, Chosen<C> | undefined> {
  try {
    for (let before = 0; waived.size > before && conflicts.length < MAX_REPORTED; ) {
      before = waived.size;
      const result = yield* solve(problem, catalog, waived);
      if (!('cause' in result)) return result;
      conflicts.push(describeConflict(result, catalog));
      for (const ref of conflictingPacks(result)) waived.add(ref);
    }
  } catch (error) {
    // The known conflicts are reported even if searching for more is too hard.
    if (!(error instanceof ResolutionTooHard)) throw error;
  }
  return undefined;
}

function solved<C extends Candidate>(
  { roots }: Problem,
  chosen: Chosen<C>,
  catalog: Catalog<C>,
  waived: ReadonlySet<string> = new Set(),
): Solved<C> {
  const dependencies = new Map([...chosen].map(([ref, choice]) => [ref, dependencyRefs(choice, chosen, catalog)]));
  const refs = [...chosen.keys()].sort(compareCodePoints);
  // A cycle is reported starting at a root, and ignored if all of it is installed.
  const { cycles } = installOrder(
    [...roots.map(({ ref }) => ref), ...refs].filter((ref) => !waived.has(ref)),
    dependencies,
  );
  return {
    solved: true,
    packs: topologicalOrder(dependencies).map((ref) => resolvedPack(ref, chosen.get(ref)!, dependencies.get(ref)!)),
    missing: missingPacks(chosen, catalog),
    cycles: cycles.filter((cycle) => cycle.some((ref) => !isInstalled(chosen.get(ref)!))),
  };
}

/** Sorts packs after their dependencies, then by ref. Packs that are in a cycle or depend on one come last. */
function topologicalOrder(dependencies: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const pending = new Map([...dependencies].map(([ref, refs]) => [ref, refs.length]));
  const dependents = new Map<string, string[]>([...dependencies.keys()].map((ref) => [ref, []]));
  for (const [ref, refs] of dependencies) for (const dependency of refs) dependents.get(dependency)?.push(ref);
  const ready = new Heap<string>((one, other) => compareCodePoints(one, other) < 0);
  for (const [ref, count] of pending) if (count === 0) ready.push(ref);
  const order = new Set<string>();
  for (let ref = ready.least; ref !== undefined; ref = ready.least) {
    ready.pop();
    order.add(ref);
    for (const dependent of dependents.get(ref) ?? []) {
      const left = pending.get(dependent)! - 1;
      pending.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return [...order, ...[...dependencies.keys()].filter((ref) => !order.has(ref)).sort(compareCodePoints)];
}

function dependencyRefs<C extends Candidate>(choice: Choice<C>, chosen: Chosen<C>, catalog: Catalog<C>): string[] {
  const refs = catalog.dependenciesOf(choice).dependencies.map(({ ref }) => ref);
  return [...new Set(refs)].filter((ref) => chosen.has(ref));
}

function resolvedPack<C extends Candidate>(
  ref: string,
  choice: Choice<C>,
  dependencies: readonly string[],
): ResolvedPack<C> {
  const { candidate } = choice;
  if (candidate) return { ref, version: candidate.version, dependencies, from: 'registry', candidate };
  return { ref, version: choice.version.raw, dependencies, from: isInstalled(choice) ? 'installed' : 'given' };
}

function isInstalled<C extends Candidate>({ candidate, held }: Choice<C>): boolean {
  return held && candidate === undefined;
}

function missingPacks<C extends Candidate>(chosen: Chosen<C>, catalog: Catalog<C>): MissingPack[] {
  const missing = new Map<string, MissingPack['neededBy'][number][]>();
  const byRef = [...chosen].toSorted(([one], [other]) => compareCodePoints(one, other));
  for (const [dependent, choice] of byRef) {
    for (const { ref, range } of catalog.dependenciesOf(choice).dependencies) {
      if (!catalog.known(ref)?.missing) continue;
      missing.set(ref, [...(missing.get(ref) ?? []), { ref: dependent, version: choice.version.version, range }]);
    }
  }
  return [...missing]
    .map(([ref, neededBy]) => ({ ref, neededBy }))
    .sort((one, other) => compareCodePoints(one.ref, other.ref));
}
