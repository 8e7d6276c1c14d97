/**
 * The time that the resolver itself takes, registries and disks left out: packs with many versions each, of which the
 * newest do not go together.
 */
import type { Candidate, Outcome, Root } from '../../../src/resolver/pubgrub/model/problem.ts';
import { resolving } from '../../../src/resolver/pubgrub/resolve.ts';
import { hardCases } from '../../support/resolver/hard-cases.ts';
import { candidatesOf, problemOf } from '../../support/resolver/universe.ts';

export interface ResolverHarness {
  readonly roots: readonly Root[];
  readonly packs: ReadonlyMap<string, readonly Candidate[]>;
}

export type Difficulty =
  /** The newest versions of everything go together. */
  | 'plain'
  /** They do not, and older ones have to be found. */
  | 'conflict'
  /** None do, for a reason far from the roots. */
  | 'unsolvable';

const MAJORS = 4;
const NEEDS = 3;
const STRIDES = [1, 3, 7];

/**
 * A harness of packs `p0`, `p1`, ...: each version needs the next ones in its own major version or the one before, so that
 * everything hangs together.
 */
export function resolverHarness(difficulty: Difficulty, packs = 200, versionsEach = 20): ResolverHarness {
  const minors = Math.ceil(versionsEach / MAJORS);
  const refs = Array.from({ length: packs }, (_, at) => `p${at}`);
  const versions = Array.from({ length: versionsEach }, (_, at) => [1 + Math.floor(at / minors), at % minors] as const);
  const listed = refs.map((ref, at): [string, Candidate[]] => [
    ref,
    versions.map(([major, minor]) => ({
      version: `${major}.${minor}.0`,
      dependencies: [...needsOf(at, packs, major), ...troubleOf(difficulty, at, packs, major, minor)],
    })),
  ]);
  return { roots: [{ kind: 'wanted', ref: 'p0', range: undefined }], packs: new Map(listed) };
}

function needsOf(at: number, packs: number, major: number): string[] {
  const range = major === 1 ? '<2' : `>=${major - 1},<${major + 1}`;
  return STRIDES.slice(0, NEEDS)
    .filter((stride) => at + stride < packs)
    .map((stride) => `p${at + stride}@${range}`);
}

/** The last pack is wanted old by what is new in the middle; or by everything there. */
function troubleOf(difficulty: Difficulty, at: number, packs: number, major: number, minor: number): string[] {
  const last = `p${packs - 1}`;
  if (difficulty === 'plain' || at % 10 !== 5 || at < packs / 2 || at > packs - 20) return [];
  if (difficulty === 'unsolvable') return [at % 20 === 5 ? `${last}@1.${at % 3}.0` : `${last}@>=2`];
  return major > 2 || minor > 2 ? [`${last}@<=${major - 1}.${minor}`] : [];
}

/** Resolves without waiting for anybody. */
export function resolveHarness({ roots, packs }: ResolverHarness): Outcome<Candidate> {
  const asking = resolving<Candidate>({ roots });
  let step = asking.next();
  while (!step.done) step = asking.next(packs.get(step.value));
  return step.value;
}

/** With a conflict; the others are there to be compared with it. */
const AIM_MS = 100;

/** All hard cases in one registry; what is asked of it is one case at a time. */
export function hardHarnesses(): readonly (ResolverHarness & { readonly claim: string; readonly from: string })[] {
  const cases = hardCases();
  const packs = new Map(
    cases.flatMap(({ universe }) => Object.keys(universe).map((ref) => [ref, candidatesOf(universe, ref) ?? []])),
  );
  return cases.map(({ claim, from, ask }) => ({ claim, from, roots: problemOf({ ask }).roots, packs }));
}

/**
 * Prints for each harness the time that the processor spent on it, which other programs do not change: the first time, as
 * in a command, and the median of a few runs.
 */
export function measureResolver(runs = 15): void {
  process.stdout.write('\nresolver, 200 packs with 20 versions each\n');
  for (const difficulty of ['conflict', 'plain', 'unsolvable'] as const) {
    tell(difficulty, resolverHarness(difficulty), runs, difficulty === 'conflict' ? AIM_MS : undefined);
  }
  const harnesses = hardHarnesses();
  const packs = harnesses[0]?.packs ?? new Map();
  const versions = [...packs.values()].reduce((sum, listed) => sum + listed.length, 0);
  process.stdout.write(`resolver, a registry of the hard cases, ${packs.size} packs with ${versions} versions\n`);
  for (const harness of harnesses) tell(`${harness.claim} (${harness.from})`, harness, Math.min(runs, 5), undefined);
}

function tell(what: string, harness: ResolverHarness, runs: number, aim: number | undefined): void {
  const times = Array.from({ length: runs }, () => {
    const start = process.threadCpuUsage();
    resolveHarness(harness);
    return process.threadCpuUsage(start).user / 1000;
  });
  const median = times.toSorted((one, other) => one - other)[runs >> 1] ?? Number.NaN;
  const verdict = aim === undefined ? '' : median > aim ? `, and is to be under ${aim} ms!` : ` (aim: ${aim} ms)`;
  process.stdout.write(`  ${what}: ${median.toFixed(1)} ms${verdict}, the first time ${times[0]?.toFixed(1)} ms\n`);
}
