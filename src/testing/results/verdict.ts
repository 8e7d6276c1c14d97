/**
 * Judges the results of a run. A suite passes only if its cases, counts, exit status and completion all agree on success.
 * A contradiction becomes a failed case with the reason.
 */
import type { TestingSection } from '../../packs/manifest/types.ts';
import type { ReportStatus, TestCase, TestReport, TestSuite } from '../../packs/test-report.ts';
import { count } from '../../platform/count.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import { withLastLine } from './collect-results.ts';
import { type Counts, countCases, type Findings, makeCase, milliseconds, NO_COUNTS, sumCounts } from './findings.ts';

/** Judges a suite that was run. */
export function judgeSuite(suite: PlannedSuite, result: ProcessResult, findings: Findings): TestSuite {
  const problems = findProblems(suite, result, findings);
  const { stdout, stderr } = result;
  const addedCases: TestCase[] =
    problems.length === 0
      ? countedFailures(suite, result, findings)
      : [makeCase(interruptedCase(suite, result, findings), 'failed', { error: sentences(problems), stdout, stderr })];
  const addedCounts = problems.length === 0 ? NO_COUNTS : { ...NO_COUNTS, failed: 1 };
  return toSuite(suite, result, [...findings.cases, ...addedCases], sumCounts(countsOf(findings), addedCounts));
}

/** Creates the result of a suite that could not be started. */
export function failSuite(suite: PlannedSuite, problem: string): TestSuite {
  const testCase = makeCase(suite.name, 'failed', { error: sentences([problem]) });
  return toSuite(suite, undefined, [testCase], { ...NO_COUNTS, failed: 1 });
}

/** Creates the result of a suite that was skipped because an earlier suite failed and `bail` is set. */
export function skipSuite(suite: PlannedSuite, failedSuite: string): TestSuite {
  const testCase = makeCase(suite.name, 'skipped', {
    error: `The suite was not run, because '${failedSuite}' failed.`,
  });
  return toSuite(suite, undefined, [testCase], { ...NO_COUNTS, skipped: 1 });
}

function findProblems(suite: PlannedSuite, result: ProcessResult, findings: Findings): readonly string[] {
  if (result.startError !== undefined) return [`The suite could not be started: ${result.startError}`];
  if (result.timedOut) return [`The suite exceeded its time limit of ${suite.timeoutSeconds} s`];
  if (result.exitCode === null)
    return [withLastLine(`The suite was terminated by ${result.signal ?? 'a signal'}`, result)];
  if (findings.problems.length > 0) return findings.problems;
  const { passed, failed, skipped } = countsOf(findings);
  if (passed + failed + skipped === 0) return [withLastLine('The suite found no tests', result)];
  if (result.exitCode !== 0 && failed === 0) {
    return [withLastLine(`The suite exited with status ${result.exitCode}, although it reported no failure`, result)];
  }
  return [];
}

/** Returns the name of the case that was running when the suite was cut short, else that of the suite. */
function interruptedCase(suite: PlannedSuite, { timedOut, exitCode }: ProcessResult, { unfinished }: Findings): string {
  return (timedOut || exitCode === null ? unfinished : undefined) ?? suite.name;
}

/** Creates one case for all failures that were only counted, to hold the reason. */
function countedFailures({ name }: PlannedSuite, { stdout, stderr }: ProcessResult, { counts }: Findings): TestCase[] {
  if (!counts || counts.failed === 0) return [];
  const total = counts.passed + counts.failed + counts.skipped;
  return [makeCase(name, 'failed', { error: `${counts.failed} of ${count(total, 'test')} failed.`, stdout, stderr })];
}

function sentences(problems: readonly string[]): string {
  return problems.map((problem) => (/[.!?]$/.test(problem) ? problem : `${problem}.`)).join('\n');
}

function countsOf({ cases, counts }: Findings): Counts {
  return sumCounts(countCases(cases), counts ?? NO_COUNTS);
}

function toSuite(
  { name, type }: PlannedSuite,
  result: ProcessResult | undefined,
  cases: readonly TestCase[],
  counts: Counts,
): TestSuite {
  return {
    name,
    runner_type: type,
    total: counts.passed + counts.failed + counts.skipped,
    ...counts,
    duration_ms: milliseconds(result?.durationMs),
    exit_code: result?.exitCode ?? null,
    timed_out: result?.timedOut ?? false,
    test_cases: cases,
  };
}

/** Builds the report of a run. */
export function buildReport(
  pack: { readonly ref: string; readonly version: string },
  startedAt: Date,
  durationMs: number,
  suites: readonly TestSuite[],
): TestReport {
  const counts = suites.reduce<Counts>(sumCounts, NO_COUNTS);
  const counted = counts.passed + counts.failed;
  return {
    pack_ref: pack.ref,
    pack_version: pack.version,
    execution_time: startedAt.toISOString(),
    status: statusOf(counts),
    total_tests: counted + counts.skipped,
    ...counts,
    pass_rate: counted === 0 ? 1 : counts.passed / counted,
    duration_ms: milliseconds(durationMs),
    test_suites: suites,
  };
}

/**
 * Builds the report of a pack whose tests could not be run.
 * @param problem adds a suite with one failed case, for formats that have no other place for it
 */
export function failedReport(
  pack: { readonly ref: string; readonly version: string },
  startedAt: Date,
  problem?: string,
): TestReport {
  if (problem !== undefined) return buildReport(pack, startedAt, 0, [failSuite(PACK_SUITE, problem)]);
  return { ...buildReport(pack, startedAt, 0, []), status: 'failed', pass_rate: 0 };
}

const PACK_SUITE: PlannedSuite = {
  ...{ name: 'pack', runner: 'pack', type: 'command', target: '', command: undefined },
  ...{ timeoutSeconds: 0, resultFormat: undefined, resultPath: undefined },
};

function statusOf({ passed, failed, skipped }: Counts): ReportStatus {
  if (failed > 0) return 'failed';
  if (passed === 0) return 'skipped';
  return skipped > 0 ? 'partial' : 'passed';
}

/**
 * Returns whether a report permits an installation: the pass rate reaches `min_pass_rate`, and no suite was cut short or
 * could not be started, which no pass rate excuses. `on_failure` determines the effect of a negative answer.
 */
export function passesGate(report: TestReport, testing: Pick<TestingSection, 'minPassRate'> | undefined): boolean {
  if (report.failed === 0) return true;
  const broken = report.test_suites.some(({ timed_out, exit_code }) => timed_out || exit_code === null);
  // The tolerance covers rounding of the division, so that 0.67 reaches a rate of 0.67.
  return !broken && report.pass_rate >= (testing?.minPassRate ?? 1) - 1e-9;
}
