/**
 * Which packs an installation consists of, in which versions and in which order. It is worked out before anything is
 * fetched, from what the registries say, so that what cannot work is told at once and all of it together.
 *
 * The choice is the solver's (see `pubgrub/`); here its outcome becomes a list of steps. The resolver knows no registry:
 * packs are looked up through a function, and anything with versions will do.
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
  /** Every pack after those that it needs; what was asked for comes last, in the order of the roots where that allows it. */
  readonly steps: readonly PlanStep<P>[];
  /** With `leaveMissing`, a line for each pack that is needed and that nobody has. */
  readonly missing: readonly string[];
}

export type PlanStep<P extends RegistryPack> = {
  readonly ref: string;
  readonly version: string;
  /** The ref of the pack that needs it; `undefined` for a root. */
  readonly requestedBy: string | undefined;
  readonly root: boolean;
} & (
  | { readonly kind: 'given' }
  | { readonly kind: 'registry'; readonly pack: P; readonly release: P['versions'][number] }
);

/** A version as the solver sees it, and what it was made of. */
interface Listed<P extends RegistryPack> extends Candidate {
  readonly pack: P;
  readonly release: P['versions'][number];
}

/**
 * @throws NoMatchingVersion when a root's range matches nothing; NoSolution that tells why not everything that is needed
 * can be had; DependencyCycle; ResolutionTooHard; InvalidConstraint for a root's range that is none; what `lookup` throws
 */
export async function planInstall<P extends RegistryPack>(request: PlanRequest<P>): Promise<Plan<P>> {
  refuseUnmatched(request);
  const outcome = await chooseVersions(request);
  if (!outcome.solved) throw new NoSolution(outcome);
  const circles = circlesOf(outcome, request);
  if (circles.length > 0) throw new DependencyCycle(circles);
  return { steps: stepsOf(request, outcome), missing: outcome.missing.map(missingLine) };
}

function circlesOf<P extends RegistryPack>(
  { cycles, packs }: Solved<Listed<P>>,
  { standing }: PlanRequest<P>,
): readonly (readonly string[])[] {
  if (cycles.length === 0 || standing === undefined) return cycles;
  return newCycles(new Map(packs.map(({ ref, needs }) => [ref, needs])), standing);
}

/** @throws NoMatchingVersion */
function refuseUnmatched<P extends RegistryPack>({ roots, held }: PlanRequest<P>): void {
  const unmatched = roots
    .filter((root) => root.kind === 'registry')
    .filter(({ ref, range, pack }) => {
      const own = held.get(ref)?.version;
      const isHeld = own !== undefined && (range === undefined || satisfies(own, npmRange(range)));
      return !isHeld && eligibleVersions(pack.versions, { range }).length === 0;
    });
  if (unmatched.length === 0) return;
  throw new NoMatchingVersion(unmatched.map(({ ref, range, pack }) => ({ ref, range, available: pack.versions })));
}

function chooseVersions<P extends RegistryPack>(request: PlanRequest<P>): Promise<Outcome<Listed<P>>> {
  const { roots, held, notAfter, leaveMissing } = request;
  const packs = new Map(roots.map((root) => [root.ref, packOf(root)]));
  return resolve<Listed<P>>({ roots: roots.map(rootOf), held, notAfter, leaveMissing }, async (ref) => {
    const pack = packs.get(ref) ?? (await request.lookup(ref));
    return pack?.versions.map((release) => listed(pack, release));
  });
}

function packOf<P extends RegistryPack>(root: PlanRoot<P>): P | undefined {
  if (root.kind === 'registry') return root.pack;
  return root.kind === 'kept' ? root.to?.pack : undefined;
}

function rootOf<P extends RegistryPack>(root: PlanRoot<P>): Root {
  const { ref } = root;
  if (root.kind === 'given') return root;
  if (root.kind === 'registry') return { kind: 'wanted', ref, range: root.range };
  return root.to ? { kind: 'wanted', ref, range: root.to.range } : { kind: 'kept', ref };
}

function listed<P extends RegistryPack>(pack: P, release: P['versions'][number]): Listed<P> {
  const { version, dependencies, yanked } = release;
  return { version, dependencies, yanked, publishedAt: publicationDate(release), pack, release };
}

function stepsOf<P extends RegistryPack>({ roots }: PlanRequest<P>, { packs }: Solved<Listed<P>>): PlanStep<P>[] {
  const chosen = new Map(packs.map((pack) => [pack.ref, pack]));
  const needs = new Map(packs.map((pack) => [pack.ref, pack.needs]));
  const asked = new Set(roots.filter(({ kind }) => kind !== 'kept').map(({ ref }) => ref));
  const reasons = new Map<string, string | undefined>();
  addReached(reasons, asked, needs);
  // What is kept for its own sake may change for that of another.
  for (const { ref } of roots) addReached(reasons, [ref], needs);
  const others = [...reasons.keys()].filter((ref) => !asked.has(ref));
  const { order } = installOrder([...others, ...asked], needs);
  return order.flatMap((ref) => stepFor(chosen.get(ref)!, reasons.get(ref)) ?? []);
}

/** Adds these refs and all that they need, each with who needed it first; `undefined` for those themselves. */
function addReached(
  reasons: Map<string, string | undefined>,
  refs: Iterable<string>,
  needs: ReadonlyMap<string, readonly string[]>,
): void {
  const news = [...refs].filter((ref) => !reasons.has(ref));
  for (const ref of news) reasons.set(ref, undefined);
  // A list goes on to what is added to it while it is walked through.
  for (const ref of news) {
    for (const needed of needs.get(ref) ?? []) {
      if (reasons.has(needed)) continue;
      reasons.set(needed, ref);
      news.push(needed);
    }
  }
}

/** `undefined` for what is installed already. */
function stepFor<P extends RegistryPack>(
  pack: ResolvedPack<Listed<P>>,
  requestedBy: string | undefined,
): PlanStep<P> | undefined {
  const { ref, version, from } = pack;
  if (from === 'held') return undefined;
  const step = { ref, version, requestedBy, root: requestedBy === undefined };
  if (from === 'given') return { ...step, kind: 'given' };
  return { ...step, kind: 'registry', pack: pack.candidate.pack, release: pack.candidate.release };
}

/** `core (^1.2 needed by slack 1.0.0; <1 needed by jira 2.0.0): it is not installed, and no registry has it` */
function missingLine({ ref, neededBy }: MissingPack): string {
  const demands = neededBy.map(
    (by) => `${by.range === undefined ? '' : `${by.range} `}needed by ${by.ref} ${by.version}`,
  );
  return `${ref} (${[...new Set(demands)].join('; ')}): it is not installed, and no registry has it`;
}
