import type { RecordedCase, TestRun } from '../../store/test-runs.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';

/** How far back is looked. */
const LAST_RUNS = 50;
/** How many runs the usual time is made of. */
const USUAL_RUNS = 10;

export interface TestHistory {
  readonly pack_ref: string;
  /** The newest first. */
  readonly runs: readonly Omit<TestRun, 'cases'>[];
  readonly trend: TestTrend | null;
}

/** What the last run says beside those before it; cases are named `suite: name`. */
export interface TestTrend {
  /** Failed now and not in the run before it. */
  readonly newly_failing: readonly string[];
  /** Failed now and in the run before it. */
  readonly still_failing: readonly string[];
  /** Failed in the run before and passes now. */
  readonly fixed: readonly string[];
  /** Passed and failed in turn on one and the same version of the pack. */
  readonly flaky: readonly string[];
  /** The last pass rate less that of the run before; from -1 to 1. */
  readonly pass_rate_change: number | null;
  /** The last run's time over the median of those before it. */
  readonly duration_ratio: number | null;
}

/**
 * The recorded runs of a pack's tests. They outlive the pack; those of a pack that was named by its path are not
 * recorded, so only a ref has any.
 * @throws NotInstalled where the pack is not there and never was tested
 */
export async function readTestHistory(ref: string, runtime: Pick<Runtime, 'store'>): Promise<TestHistory> {
  const store = await runtime.store();
  const runs = store.testRuns(ref, LAST_RUNS);
  if (runs.length === 0 && store.find(ref) === undefined) {
    throw new NotInstalled([ref], [...new Set([...store.versions().keys(), ...store.testedRefs()])].sort());
  }
  return { pack_ref: ref, runs: runs.map(({ cases: _, ...totals }) => totals), trend: trendOf(runs) };
}

/** @param runs the newest first */
export function trendOf(runs: readonly TestRun[]): TestTrend | null {
  const [last, before] = runs;
  if (last === undefined) return null;
  const failed = namesOf(last, 'failed');
  const failedBefore = before ? namesOf(before, 'failed') : new Set<string>();
  const passed = namesOf(last, 'passed');
  return {
    newly_failing: before ? [...failed].filter((name) => !failedBefore.has(name)) : [],
    still_failing: [...failed].filter((name) => failedBefore.has(name)),
    fixed: [...failedBefore].filter((name) => passed.has(name)),
    flaky: flakyIn(runs.filter(({ version }) => version === last.version)),
    pass_rate_change: before ? round(last.pass_rate - before.pass_rate) : null,
    duration_ratio: ratio(last.duration_ms, median(runs.slice(1, USUAL_RUNS + 1).map((run) => run.duration_ms))),
  };
}

/** One change of a case's verdict may be the machine that was mended; two are a case that cannot be trusted. */
function flakyIn(runs: readonly TestRun[]): string[] {
  const verdicts = new Map<string, string[]>();
  for (const run of runs) {
    for (const found of run.cases) {
      if (found.status === 'skipped') continue;
      const known = verdicts.get(nameOf(found)) ?? [];
      if (known.at(-1) !== found.status) known.push(found.status);
      verdicts.set(nameOf(found), known);
    }
  }
  return [...verdicts].filter(([, changes]) => changes.length > 2).map(([name]) => name);
}

function namesOf({ cases }: TestRun, status: string): Set<string> {
  return new Set(cases.filter((found) => found.status === status).map(nameOf));
}

function nameOf({ suite, name }: RecordedCase): string {
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
