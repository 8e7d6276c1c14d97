import type { RecordedCase, TestRun } from '../../store/test-runs.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';

/** The number of runs that are read. */
const LAST_RUNS = 50;
/** The number of runs that the median duration is computed from. */
const DURATION_RUNS = 10;

export interface TestHistory {
  readonly pack_ref: string;
  /** Newest first. */
  readonly runs: readonly Omit<TestRun, 'cases'>[];
  readonly trend: TestTrend | null;
}

/** The last run compared with earlier ones. Cases are named `suite: name`. */
export interface TestTrend {
  /** Failed in the last run, but not in the previous one. */
  readonly newly_failing: readonly string[];
  /** Failed in the last run and in the previous one. */
  readonly still_failing: readonly string[];
  /** Failed in the previous run and passed in the last one. */
  readonly fixed: readonly string[];
  /** Alternated between passed and failed on the same version of the pack. */
  readonly flaky: readonly string[];
  /** The pass rate of the last run minus that of the previous run; from -1 to 1. */
  readonly pass_rate_change: number | null;
  /** The duration of the last run divided by the median duration of earlier runs. */
  readonly duration_ratio: number | null;
}

/**
 * Reads the recorded test runs of a pack. Runs are recorded for installed packs only, and remain after an uninstall.
 * @throws NotInstalled if the pack is neither installed nor has recorded runs
 */
export async function readTestHistory(ref: string, runtime: Pick<Runtime, 'store'>): Promise<TestHistory> {
  const store = await runtime.store();
  const runs = store.testRuns(ref, LAST_RUNS);
  if (runs.length === 0 && store.find(ref) === undefined) {
    throw new NotInstalled([ref], [...new Set([...store.versions().keys(), ...store.testedRefs()])].sort());
  }
  return { pack_ref: ref, runs: runs.map(({ cases: _, ...totals }) => totals), trend: trendOf(runs) };
}

/** Compares the last run with earlier ones. @param runs newest first */
export function trendOf(runs: readonly TestRun[]): TestTrend | null {
  const [last, before] = runs;
  if (last === undefined) return null;
  const failed = caseNames(last, 'failed');
  const failedBefore = before ? caseNames(before, 'failed') : new Set<string>();
  const passed = caseNames(last, 'passed');
  return {
    newly_failing: before ? [...failed].filter((name) => !failedBefore.has(name)) : [],
    still_failing: [...failed].filter((name) => failedBefore.has(name)),
    fixed: [...failedBefore].filter((name) => passed.has(name)),
    flaky: flakyCases(runs.filter(({ version }) => version === last.version)),
    pass_rate_change: before ? round(last.pass_rate - before.pass_rate) : null,
    duration_ratio: ratio(last.duration_ms, median(runs.slice(1, DURATION_RUNS + 1).map((run) => run.duration_ms))),
  };
}

/** Returns the cases whose status changed at least twice. A single change may have another cause, such as a fixed machine. */
function flakyCases(runs: readonly TestRun[]): string[] {
  const verdicts = new Map<string, string[]>();
  for (const run of runs) {
    for (const found of run.cases) {
      if (found.status === 'skipped') continue;
      const known = verdicts.get(caseName(found)) ?? [];
      if (known.at(-1) !== found.status) known.push(found.status);
      verdicts.set(caseName(found), known);
    }
  }
  return [...verdicts].filter(([, changes]) => changes.length > 2).map(([name]) => name);
}

function caseNames({ cases }: TestRun, status: string): Set<string> {
  return new Set(cases.filter((found) => found.status === status).map(caseName));
}

function caseName({ suite, name }: RecordedCase): string {
  return `${suite}: ${name}`;
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1];
}

function ratio(value: number, usual: number | undefined): number | null {
  return usual === undefined || usual <= 0 ? null : round(value / usual);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
