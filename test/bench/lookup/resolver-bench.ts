/**
 * Measures the resolver alone, without registries and disks: packs with many versions each, whose newest versions are
 * incompatible.
 */
import type { Candidate, Outcome, Root } from '../../../src/resolver/pubgrub/model/problem.ts';
import { resolveSteps } from '../../../src/resolver/pubgrub/resolve.ts';
import { hardCases } from '../../support/resolver/hard-cases.ts';
import { candidatesOf, problemOf } from '../../support/resolver/universe.ts';

export interface ResolverHarness {
  readonly roots: readonly Root[];
  readonly packs: ReadonlyMap<string, readonly Candidate[]>;
}

export type Difficulty =
  /** The newest versions of all packs are compatible. */
  | 'plain'
  /** The newest versions conflict, so that older ones have to be chosen. */
  | 'conflict'
  /** There is no solution, for a reason far from the roots. */
  | 'unsolvable';

const MAJORS = 4;
const DEPENDENCIES = 3;
const STRIDES = [1, 3, 7];

/**
 * Creates packs `p0`, `p1`, ...: each version depends on the next packs in the same major version or the previous one, so
 * that all packs are connected.
 */
export function resolverHarness(difficulty: Difficulty, packs = 200, versionsEach = 20): ResolverHarness {
  const minors = Math.ceil(versionsEach / MAJORS);
  const refs = Array.from({ length: packs }, (_, index) => `p${index}`);
  const versions = Array.from(
    { length: versionsEach },
    (_, index) => [1 + Math.floor(index / minors), index % minors] as const,
  );
  const listed = refs.map((ref, index): [string, Candidate[]] => [
    ref,
    versions.map(([major, minor]) => ({
      version: `${major}.${minor}.0`,
      dependencies: [...dependenciesOf(index, packs, major), ...conflictOf(difficulty, index, packs, major, minor)],
    })),
  ]);
  return { roots: [{ kind: 'requested', ref: 'p0', range: undefined }], packs: new Map(listed) };
}

function dependenciesOf(index: number, packs: number, major: number): string[] {
  const range = major === 1 ? '<2' : `>=${major - 1},<${major + 1}`;
  return STRIDES.slice(0, DEPENDENCIES)
    .filter((stride) => index + stride < packs)
    .map((stride) => `p${index + stride}@${range}`);
}

/** Returns dependencies that conflict: new versions of packs in the middle require an old version of the last pack. */
function conflictOf(difficulty: Difficulty, index: number, packs: number, major: number, minor: number): string[] {
  const last = `p${packs - 1}`;
  if (difficulty === 'plain' || index % 10 !== 5 || index < packs / 2 || index > packs - 20) return [];
  if (difficulty === 'unsolvable') return [index % 20 === 5 ? `${last}@1.${index % 3}.0` : `${last}@>=2`];
  return major > 2 || minor > 2 ? [`${last}@<=${major - 1}.${minor}`] : [];
}

/** Resolves synchronously. */
export function resolveHarness({ roots, packs }: ResolverHarness): Outcome<Candidate> {
  const steps = resolveSteps<Candidate>({ roots });
  let step = steps.next();
  while (!step.done) step = steps.next(step.value === undefined ? undefined : packs.get(step.value));
  return step.value;
}

/** The aim of `conflict`; the other difficulties are measured for comparison. */
const AIM_MS = 100;

/** Returns a harness for each hard case, all with the packs of one registry. */
export function hardHarnesses(): readonly (ResolverHarness & { readonly title: string; readonly from: string })[] {
  const cases = hardCases();
  const packs = new Map(
    cases.flatMap(({ universe }) => Object.keys(universe).map((ref) => [ref, candidatesOf(universe, ref) ?? []])),
  );
  return cases.map(({ title, from, roots }) => ({ title, from, roots: problemOf({ roots }).roots, packs }));
}

/**
 * Prints the CPU time of each harness, which is independent of other processes: that of the first run, as in a command,
 * and the median of several runs.
 */
export function measureResolver(runs = 15): void {
  process.stdout.write('\nresolver, 200 packs with 20 versions each\n');
  for (const difficulty of ['conflict', 'plain', 'unsolvable'] as const) {
    report(difficulty, resolverHarness(difficulty), runs, difficulty === 'conflict' ? AIM_MS : undefined);
  }
  const harnesses = hardHarnesses();
  const packs = harnesses[0]?.packs ?? new Map();
  const versions = [...packs.values()].reduce((sum, listed) => sum + listed.length, 0);
  process.stdout.write(`resolver, a registry of the hard cases, ${packs.size} packs with ${versions} versions\n`);
  for (const harness of harnesses) report(`${harness.title} (${harness.from})`, harness, Math.min(runs, 5), undefined);
}

function report(what: string, harness: ResolverHarness, runs: number, aim: number | undefined): void {
  const times = Array.from({ length: runs }, () => {
    const start = process.threadCpuUsage();
    resolveHarness(harness);
    return process.threadCpuUsage(start).user / 1000;
  });
  const median = times.toSorted((one, other) => one - other)[runs >> 1] ?? Number.NaN;
  const verdict = aim === undefined ? '' : median > aim ? `, above the aim of ${aim} ms!` : ` (aim: ${aim} ms)`;
  process.stdout.write(`  ${what}: ${median.toFixed(1)} ms${verdict}, first run ${times[0]?.toFixed(1)} ms\n`);
}
