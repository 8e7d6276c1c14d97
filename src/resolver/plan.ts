/**
 * Which packs an installation consists of, in which versions and in which order. It is worked out before anything is
 * fetched, from what the registries say, so that what cannot work is told at once and all of it together.
 *
 * The resolver knows no registry: packs are looked up through a function, and anything with versions will do.
 */
import { type Choice, matches, needsOf, VersionChooser } from './choose-versions.ts';
import { installOrder } from './install-order.ts';
import { DependencyCycle, DependencyUnsatisfied, formatCycle, NoMatchingVersion } from './plan-errors.ts';
import type { PlanRequest, RegistryPack } from './plan-request.ts';

export type { PackVersion, PlanRequest, PlanRoot, RegistryPack } from './plan-request.ts';

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

/**
 * @throws NoMatchingVersion when a root's range matches nothing; DependencyUnsatisfied that lists everything that is
 * missing or in conflict; DependencyCycle; InvalidConstraint for a root's range that is none; what `lookup` throws
 */
export async function planInstall<P extends RegistryPack>(request: PlanRequest<P>): Promise<Plan<P>> {
  refuseUnmatched(request);
  const chooser = new VersionChooser(request);
  await chooser.run();
  const reached = reach(request, chooser.choices);
  const { order, cycles } = orderOf(request, reached);
  const problemsWith = (ref: string) => chooser.problemsWith(ref, (by) => reached.has(by));
  const absent = request.leaveMissing ? [...reached.keys()].filter((ref) => isAbsent(reached.get(ref)?.choice)) : [];
  const problems = [...reached.keys()].filter((ref) => !absent.includes(ref)).flatMap(problemsWith);
  const circles = cycles.map((cycle) => `${formatCycle(cycle)}: they need each other in a circle`);
  if (problems.length > 0) throw new DependencyUnsatisfied([...problems, ...circles]);
  if (cycles.length > 0) throw new DependencyCycle(cycles);
  return { steps: order.flatMap((ref) => stepFor(ref, reached.get(ref)) ?? []), missing: absent.flatMap(problemsWith) };
}

/** It is not installed, and no registry has it in any version. */
function isAbsent<P extends RegistryPack>(choice: Choice<P> | undefined): boolean {
  return choice?.kind === 'none' && choice.pack === undefined;
}

function refuseUnmatched<P extends RegistryPack>({ roots }: PlanRequest<P>): void {
  const unmatched = roots.filter((root) => root.kind === 'registry').filter((root) => !matches(root));
  if (unmatched.length === 0) return;
  throw new NoMatchingVersion(unmatched.map(({ ref, range, pack }) => ({ ref, range, available: pack.versions })));
}

interface Reached<P extends RegistryPack> {
  readonly choice: Choice<P>;
  /** Who needed it first; `undefined` for a root. */
  readonly by: string | undefined;
}

/** Only what the roots need in the end: a version that was given up for another may have needed more. */
function reach<P extends RegistryPack>(
  { roots }: PlanRequest<P>,
  choices: ReadonlyMap<string, Choice<P>>,
): ReadonlyMap<string, Reached<P>> {
  const reached = new Map<string, Reached<P>>();
  const add = (ref: string, by: string | undefined) => {
    const choice = choices.get(ref);
    if (choice && !reached.has(ref)) reached.set(ref, { choice, by });
  };
  for (const { ref } of roots) add(ref, undefined);
  // A map goes on to what is added to it while it is walked through.
  for (const [ref, { choice }] of reached) for (const need of needsOf(choice).packs) add(need.ref, ref);
  return reached;
}

function orderOf<P extends RegistryPack>({ roots }: PlanRequest<P>, reached: ReadonlyMap<string, Reached<P>>) {
  const needs = new Map([...reached].map(([ref, { choice }]) => [ref, needsOf(choice).packs.map((need) => need.ref)]));
  const asked = new Set(roots.map(({ ref }) => ref));
  const others = [...needs.keys()].filter((ref) => !asked.has(ref));
  // A circle is best told from where the user comes into it.
  return { order: installOrder([...others, ...asked], needs).order, cycles: installOrder(asked, needs).cycles };
}

function stepFor<P extends RegistryPack>(ref: string, reached: Reached<P> | undefined): PlanStep<P> | undefined {
  const choice = reached?.choice;
  if (!choice || choice.kind === 'none' || choice.kind === 'installed') return undefined;
  const { version } = choice;
  const step = { ref, version, requestedBy: reached.by, root: reached.by === undefined };
  if (choice.kind === 'given') return { ...step, kind: 'given' };
  return { ...step, kind: 'registry', pack: choice.pack, release: choice.release };
}
