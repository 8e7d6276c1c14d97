/**
 * Plans an installation: the packs, their versions and their order. The plan is computed from the indexes before anything
 * is fetched, so that all conflicts are reported at once.
 *
 * The solver chooses the versions (see `pubgrub/`), and this module converts its outcome to a list of steps. The resolver is
 * independent of registries: packs are looked up through a function.
 */
import { npmRange, satisfies } from './constraint.ts';
import { eligibleVersions, publicationDate } from './eligible-versions.ts';
import { DependencyCycle, NoMatchingVersion } from './errors.ts';
import { installOrder } from './install-order.ts';
import { newCycles } from './new-cycles.ts';
import { NoSolution } from './pubgrub/explanation/no-solution.ts';
import type { Candidate, MissingPack, Outcome, ResolvedPack, Root, Solved } from './pubgrub/model/problem.ts';
import { resolve } from './pubgrub/resolve.ts';
import type { PlanRequest, PlanRoot, RegistryPack } from './request.ts';

export type { PackVersion, PlanRequest, PlanRoot, RegistryPack } from './request.ts';

export interface Plan<P extends RegistryPack> {
  /** Every pack after its dependencies; roots come last, in their order if the dependencies allow it. */
  readonly steps: readonly PlanStep<P>[];
  /** With `allowMissing`, a line for each dependency that no registry has. */
  readonly missing: readonly string[];
}

export type PlanStep<P extends RegistryPack> = {
  readonly ref: string;
  readonly version: string;
  /** The ref of the pack that depends on it; `undefined` for a root. */
  readonly requestedBy: string | undefined;
  readonly root: boolean;
} & (
  | { readonly kind: 'given' }
  | { readonly kind: 'registry'; readonly pack: P; readonly release: P['versions'][number] }
);

/** A version for the solver, with the release that it was created from. */
interface ReleaseCandidate<P extends RegistryPack> extends Candidate {
  readonly pack: P;
  readonly release: P['versions'][number];
}

/**
 * @throws NoMatchingVersion if no version matches the range of a root; NoSolution that explains why the requirements cannot
 * be satisfied; DependencyCycle; ResolutionTooHard; InvalidConstraint for an invalid range of a root; what `lookup` throws
 */
export async function planInstall<P extends RegistryPack>(request: PlanRequest<P>): Promise<Plan<P>> {
  refuseUnmatched(request);
  const outcome = await chooseVersions(request);
  if (!outcome.solved) throw new NoSolution(outcome);
  const cycles = relevantCycles(outcome, request);
  if (cycles.length > 0) throw new DependencyCycle(cycles);
  return { steps: stepsOf(request, outcome), missing: outcome.missing.map(missingLine) };
}

function relevantCycles<P extends RegistryPack>(
  { cycles, packs }: Solved<ReleaseCandidate<P>>,
  { installed }: PlanRequest<P>,
): readonly (readonly string[])[] {
  if (cycles.length === 0 || installed === undefined) return cycles;
  return newCycles(new Map(packs.map(({ ref, dependencies }) => [ref, dependencies])), installed);
}

/** @throws NoMatchingVersion */
function refuseUnmatched<P extends RegistryPack>({ roots, held }: PlanRequest<P>): void {
  const unmatched = roots
    .filter((root) => root.kind === 'registry')
    .filter(({ ref, range, pack }) => {
      const heldVersion = held.get(ref)?.version;
      const isHeld = heldVersion !== undefined && (range === undefined || satisfies(heldVersion, npmRange(range)));
      return !isHeld && eligibleVersions(pack.versions, { range }).length === 0;
    });
  if (unmatched.length === 0) return;
  throw new NoMatchingVersion(unmatched.map(({ ref, range, pack }) => ({ ref, range, available: pack.versions })));
}

function chooseVersions<P extends RegistryPack>(request: PlanRequest<P>): Promise<Outcome<ReleaseCandidate<P>>> {
  const { roots, held, notAfter, allowMissing } = request;
  const packs = new Map(roots.map((root) => [root.ref, packOf(root)]));
  return resolve<ReleaseCandidate<P>>({ roots: roots.map(solverRoot), held, notAfter, allowMissing }, async (ref) => {
    const pack = packs.get(ref) ?? (await request.lookup(ref));
    return pack?.versions.map((release) => candidateOf(pack, release));
  });
}

function packOf<P extends RegistryPack>(root: PlanRoot<P>): P | undefined {
  const target = root.kind === 'registry' ? root : root.kind === 'installed' ? root.to : undefined;
  return target && withoutOtherBuilds(target.pack, target.range);
}

/** Removes the builds that a range with build metadata excludes, since the solver has one candidate for each precedence. */
function withoutOtherBuilds<P extends RegistryPack>(pack: P, range: string | undefined): P {
  const constraint = range === undefined ? undefined : npmRange(range);
  if (constraint?.build === undefined) return pack;
  return { ...pack, versions: pack.versions.filter(({ version }) => satisfies(version, constraint)) };
}

function solverRoot<P extends RegistryPack>(root: PlanRoot<P>): Root {
  const { ref } = root;
  if (root.kind === 'given') return root;
  if (root.kind === 'registry') return { kind: 'requested', ref, range: root.range };
  return root.to ? { kind: 'requested', ref, range: root.to.range } : { kind: 'installed', ref };
}

function candidateOf<P extends RegistryPack>(pack: P, release: P['versions'][number]): ReleaseCandidate<P> {
  const { version, dependencies, yanked, newerInstalled } = release;
  return { version, dependencies, yanked, newerInstalled, publishedAt: publicationDate(release), pack, release };
}

function stepsOf<P extends RegistryPack>(
  { roots }: PlanRequest<P>,
  { packs }: Solved<ReleaseCandidate<P>>,
): PlanStep<P>[] {
  const chosen = new Map(packs.map((pack) => [pack.ref, pack]));
  const dependencies = new Map(packs.map((pack) => [pack.ref, pack.dependencies]));
  const requested = new Set(roots.filter(({ kind }) => kind !== 'installed').map(({ ref }) => ref));
  const requestedBy = new Map<string, string | undefined>();
  addReachable(requestedBy, requested, dependencies);
  // Installed roots come second, because their version may change for the sake of requested packs.
  for (const { ref } of roots) addReachable(requestedBy, [ref], dependencies);
  const others = [...requestedBy.keys()].filter((ref) => !requested.has(ref));
  const { order } = installOrder([...others, ...requested], dependencies);
  return order.flatMap((ref) => stepFor(chosen.get(ref)!, requestedBy.get(ref)) ?? []);
}

/** Adds refs and their transitive dependencies, each with its first dependent; `undefined` for the refs themselves. */
function addReachable(
  requestedBy: Map<string, string | undefined>,
  refs: Iterable<string>,
  dependencies: ReadonlyMap<string, readonly string[]>,
): void {
  const pending = [...refs].filter((ref) => !requestedBy.has(ref));
  for (const ref of pending) requestedBy.set(ref, undefined);
  // Iteration includes refs that are added to the list during the loop.
  for (const ref of pending) {
    for (const dependency of dependencies.get(ref) ?? []) {
      if (requestedBy.has(dependency)) continue;
      requestedBy.set(dependency, ref);
      pending.push(dependency);
    }
  }
}

/** Returns the step for a pack; `undefined` if its version is already installed. */
function stepFor<P extends RegistryPack>(
  pack: ResolvedPack<ReleaseCandidate<P>>,
  requestedBy: string | undefined,
): PlanStep<P> | undefined {
  const { ref, version, from } = pack;
  if (from === 'installed') return undefined;
  const step = { ref, version, requestedBy, root: requestedBy === undefined };
  if (from === 'given') return { ...step, kind: 'given' };
  return { ...step, kind: 'registry', pack: pack.candidate.pack, release: pack.candidate.release };
}

/** Returns `core (^1.2 needed by slack 1.0.0; <1 needed by jira 2.0.0): it is not installed, and no registry has it`. */
function missingLine({ ref, neededBy }: MissingPack): string {
  const requirements = neededBy.map(
    (dependent) =>
      `${dependent.range === undefined ? '' : `${dependent.range} `}needed by ${dependent.ref} ${dependent.version}`,
  );
  return `${ref} (${[...new Set(requirements)].join('; ')}): it is not installed, and no registry has it`;
}
