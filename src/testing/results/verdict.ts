/**
 * What a run is worth. A suite passes when its runner says so in every way it can: its cases, its counts, its exit
 * status and that it came to its end. Whatever contradicts that becomes a failed case that says why.
 */
import type { TestingSection } from '../../packs/manifest/types.ts';
import type { ReportStatus, TestCase, TestReport, TestSuite } from '../../packs/test-report.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import { withLastLine } from './collect-results.ts';
import { type Counts, countCases, type Findings, makeCase, milliseconds, NO_COUNTS, sumCounts } from './findings.ts';

/** A suite that was run, with its findings. */
export function judgeSuite(suite: PlannedSuite, result: ProcessResult, findings: Findings): TestSuite {
  const problems = problemsOf(suite, result, findings);
  const { stdout, stderr } = result;
  const blamed: TestCase[] =
    problems.length === 0
      ? unnamedFailures(suite, result, findings)
      : [makeCase(culprit(suite, result, findings), 'failed', { error: sentences(problems), stdout, stderr })];
  const added = problems.length === 0 ? NO_COUNTS : { ...NO_COUNTS, failed: 1 };
  return suiteOf(suite, result, [...findings.cases, ...blamed], sumCounts(countsOf(findings), added));
}

/** A suite that could not even be started. */
export function failSuite(suite: PlannedSuite, problem: string): TestSuite {
  const testCase = makeCase(suite.name, 'failed', { error: sentences([problem]) });
  return suiteOf(suite, undefined, [testCase], { ...NO_COUNTS, failed: 1 });
}

/** A suite that was not begun, because another had failed before it and the run was to end with that. */
export function skipSuite(suite: PlannedSuite, failedFirst: string): TestSuite {
  const testCase = makeCase(suite.name, 'skipped', { error: `It was not run, because '${failedFirst}' had failed.` });
  return suiteOf(suite, undefined, [testCase], { ...NO_COUNTS, skipped: 1 });
}

function problemsOf(suite: PlannedSuite, result: ProcessResult, findings: Findings): readonly string[] {
  if (result.startError !== undefined) return [`It could not be started: ${result.startError}`];
  if (result.timedOut) return [`It was still running when its time limit of ${suite.timeoutSeconds} s was over`];
  if (result.exitCode === null) return [withLastLine(`It was ended by ${result.signal ?? 'a signal'}`, result)];
  if (findings.problems.length > 0) return findings.problems;
  const { passed, failed, skipped } = countsOf(findings);
  if (passed + failed + skipped === 0) return [withLastLine('It found no test', result)];
  if (result.exitCode !== 0 && failed === 0) {
    return [withLastLine(`It ended with exit status ${result.exitCode}, although it reported no failure`, result)];
  }
  return [];
}

/** The case that was running when the run was cut short, else the suite itself. */
function culprit(suite: PlannedSuite, { timedOut, exitCode }: ProcessResult, { unfinished }: Findings): string {
  return (timedOut || exitCode === null ? unfinished : undefined) ?? suite.name;
}

/** Failures that were only counted: one case stands for them all, so that there is a place for the reason. */
function unnamedFailures({ name }: PlannedSuite, { stdout, stderr }: ProcessResult, { counts }: Findings): TestCase[] {
  if (!counts || counts.failed === 0) return [];
  const total = counts.passed + counts.failed + counts.skipped;
  return [makeCase(name, 'failed', { error: `${counts.failed} of ${total} tests failed.`, stdout, stderr })];
}

function sentences(problems: readonly string[]): string {
  return problems.map((problem) => (/[.!?]$/.test(problem) ? problem : `${problem}.`)).join('\n');
}

function countsOf({ cases, counts }: Findings): Counts {
  return sumCounts(countCases(cases), counts ?? NO_COUNTS);
}

function suiteOf(
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

/** The whole of a run. @param startedAt when it began @param durationMs how long it took */
export function reportOf(
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

function statusOf({ passed, failed, skipped }: Counts): ReportStatus {
  if (failed > 0) return 'failed';
  if (passed === 0) return 'skipped';
  return skipped > 0 ? 'partial' : 'passed';
}

/**
 * Whether a pack may be installed with this report: its pass rate reaches `min_pass_rate`, and no suite was cut short
 * or never ran, which no pass rate can excuse. What follows from a "no" is for `on_failure` to say.
 */
export function passesGate(report: TestReport, testing: Pick<TestingSection, 'minPassRate'> | undefined): boolean {
  if (report.failed === 0) return true;
  const broken = report.test_suites.some(({ timed_out, exit_code }) => timed_out || exit_code === null);
  // A rate written as 0.67 is meant to be reached by 0.67, however the division rounds.
  return !broken && report.pass_rate >= (testing?.minPassRate ?? 1) - 1e-9;
}
