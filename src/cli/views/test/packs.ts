import type { PackOutcome } from '../../../operations/test/test-packs.ts';
import type { ReportStatus, TestReport } from '../../../packs/test-report.ts';
import { count } from '../../../platform/count.ts';
import { type ErrorDocument, errorDocument } from '../../report-error.ts';
import { printable } from '../../text/sanitize.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';
import { type Presentation, type TestReportFlags, testReportText, testStatus } from './report.ts';
import { tapText } from './tap.ts';

const INVALID_STATUS = 3;
const TESTS_FAILED_STATUS = 8;

/** The report of one pack. The ref and the version of a pack that cannot be read are unknown. */
type PackReport = Omit<TestReport, 'pack_ref' | 'pack_version'> & {
  readonly path: string;
  readonly pack_ref: string | null;
  readonly pack_version: string | null;
  readonly error?: ErrorDocument['error'];
};

/** The result of `pack test` on several packs. */
interface PacksReport {
  readonly status: ReportStatus;
  readonly total_tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly duration_ms: number;
  readonly packs: readonly PackReport[];
}

/** Returns what `pack test` prints for several packs. */
export function presentPacks(outcomes: readonly PackOutcome[], flags: TestReportFlags): Presentation<PacksReport> {
  return {
    document: packsReport(outcomes),
    view: (_, style) => (flags.tap ? packsTap(outcomes) : packsText(outcomes, flags.detailed, style)),
    status: packsStatus(outcomes),
    failure: `The tests of these packs failed: ${outcomes
      .filter(hasFailed)
      .map(({ path }) => printable(path))
      .join(', ')}.`,
    annotated: outcomes.map(({ reported }) => reported),
  };
}

function packsReport(outcomes: readonly PackOutcome[]): PacksReport {
  const packs = outcomes.map(packReport);
  const sum = (key: 'total_tests' | 'passed' | 'failed' | 'skipped' | 'duration_ms') =>
    packs.reduce((total, pack) => total + pack[key], 0);
  return {
    status: statusOf(packs.map(({ status }) => status)),
    ...{ total_tests: sum('total_tests'), passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') },
    duration_ms: Math.round(sum('duration_ms') * 1000) / 1000,
    packs,
  };
}

function packReport({ path, outcome: { report }, error, unreadable }: PackOutcome): PackReport {
  const known = unreadable ? { pack_ref: null, pack_version: null } : {};
  return { path, ...report, ...known, ...(error && { error: errorDocument(error).error }) };
}

function statusOf(statuses: readonly ReportStatus[]): ReportStatus {
  if (statuses.includes('failed')) return 'failed';
  const ran = statuses.filter((status) => status !== 'skipped');
  if (ran.length === 0) return 'skipped';
  return ran.includes('partial') || ran.length < statuses.length ? 'partial' : 'passed';
}

/** Returns the exit status: a pack cannot be read, or the tests of a pack failed. */
function packsStatus(outcomes: readonly PackOutcome[]): number {
  if (outcomes.some(({ unreadable }) => unreadable)) return INVALID_STATUS;
  return outcomes.some(hasFailed) ? TESTS_FAILED_STATUS : 0;
}

function hasFailed({ outcome, error }: PackOutcome): boolean {
  return error !== undefined || testStatus(outcome.report) !== 0;
}

/** Formats all suites as one TAP document, in which the names of the suites begin with the ref of their pack. */
function packsTap(outcomes: readonly PackOutcome[]): string {
  const suites = outcomes.flatMap(({ reported: { report } }) =>
    report.test_suites.map((suite) => ({ ...suite, name: `${report.pack_ref}: ${suite.name}` })),
  );
  return tapText({ test_suites: suites }, 'There are no tests to run.');
}

function packsText(outcomes: readonly PackOutcome[], detailed: boolean, style: Style): string {
  if (outcomes.length === 0) return 'No packs to test.\n';
  const reports = outcomes.map(({ path, outcome: { report }, error }) =>
    error === undefined ? testReportText(report, detailed, style) : errorText(path, error, style),
  );
  const rows = outcomes.map(({ path, outcome: { report }, error, unreadable }) => [
    printable(path),
    unreadable ? '' : printable(`${report.pack_ref} ${report.pack_version}`),
    unreadable ? 'invalid' : error ? 'not run' : report.status,
    `${report.passed}/${report.total_tests}`,
    ...(report.coverage ? [`${report.coverage.lines.pct.toFixed(2)}%`] : []),
  ]);
  const covered = outcomes.some(({ outcome }) => outcome.report.coverage !== undefined);
  const heading = ['PATH', 'PACK', 'STATUS', 'PASSED', ...(covered ? ['COVERED'] : [])];
  return `${reports.join('\n')}\n${table(heading, rows, style)}${totals(outcomes, style)}`;
}

function errorText(path: string, error: Error, style: Style): string {
  const message = printable(error.message).replaceAll('\n', '\n  ');
  return `${style.bold(printable(path))}\n  ${style.red('✗')} ${message}\n`;
}

function totals(outcomes: readonly PackOutcome[], style: Style): string {
  const failed = packsStatus(outcomes) !== 0;
  const { passed, total_tests: tests } = packsReport(outcomes);
  const mark = failed ? style.red('✗') : style.green('✓');
  return `\n${mark} ${count(outcomes.length, 'pack')}, tests: ${passed}/${tests} passed\n`;
}
