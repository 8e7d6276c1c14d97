import type { TestCase, TestReport, TestSuite } from '../../../packs/test-report.ts';
import { count } from '../../../platform/count.ts';
import { printable } from '../../text/sanitize.ts';
import type { Style } from '../../text/style.ts';
import type { View } from '../view.ts';
import type { Annotated } from './annotations.ts';
import { coverageText } from './coverage.ts';
import { environmentLines } from './environment.ts';
import { tapText } from './tap.ts';

const TESTS_FAILED_STATUS = 8;

/** The lines of a message that are shown without `--detailed`. */
const MESSAGE_LINES = 12;

export interface TestReportFlags {
  readonly tap: boolean;
  readonly detailed: boolean;
}

/** What is printed after a run: the document or its text, then annotations. */
export interface Presentation<T> {
  readonly document: T;
  readonly view: View<T>;
  readonly status: number;
  /** The message on standard error if the status is not 0. */
  readonly failure: string;
  readonly annotated: readonly Annotated[];
}

/**
 * Returns what `pack test` prints for one pack. The view formats the report itself instead of the copy that a view gets, whose
 * strings are on one line each: the message of a failed assertion has several lines.
 */
export function presentPack(outcome: Annotated, { tap, detailed }: TestReportFlags): Presentation<TestReport> {
  const { report } = outcome;
  const view: View<TestReport> = (_, style) => (tap ? tapText(report) : testReportText(report, detailed, style));
  return { document: report, view, status: testStatus(report), failure: testFailure(report), annotated: [outcome] };
}

/** Returns the exit status: the tests do not pass the gate of the manifest, or the coverage is below the required percentage. */
export function testStatus({ status, gate, coverage }: TestReport): number {
  const passed = gate?.passed ?? status !== 'failed';
  return passed && coverage?.gate?.passed !== false ? 0 : TESTS_FAILED_STATUS;
}

/** Returns the message on standard error that accompanies the document of failed tests; a low coverage has a warning. */
function testFailure({ pack_ref, gate, failed, total_tests, coverage }: TestReport): string {
  const name = oneLine(pack_ref);
  if (gate?.passed === false)
    return `The tests of '${name}' failed: ${failed} of ${count(total_tests, 'test')} failed.`;
  return `The coverage of '${name}' is below ${coverage?.gate?.min_pct}%.`;
}

/** Formats the totals and every failure; with `detailed` every case, whole messages and the output of failed cases. */
export function testReportText(report: TestReport, detailed: boolean, style: Style): string {
  const heading = `${style.bold(oneLine(report.pack_ref))} ${oneLine(report.pack_version)}\n`;
  if (report.total_tests === 0 && report.status === 'skipped') return `${heading}This pack has no tests to run.\n`;
  const suites = report.test_suites.map((suite) => suiteText(suite, detailed, style));
  const environment = environmentLines(report).map((line) => `${style.dim(line)}\n`);
  const coverage = report.coverage ? coverageText(report.coverage, detailed, style) : '';
  return heading + environment.join('') + suites.join('') + totals(report, style) + coverage;
}

function suiteText(suite: TestSuite, detailed: boolean, style: Style): string {
  const cases = suite.test_cases.filter(({ status }) => detailed || status === 'failed');
  const skipped = suite.skipped > 0 ? `, ${suite.skipped} skipped` : '';
  const details = style.dim(`(${suite.runner_type}, ${seconds(suite.duration_ms)})`);
  const heading = `\n${oneLine(suite.name)} ${details}: ${suite.passed}/${suite.total} passed${skipped}\n`;
  return heading + cases.map((test) => caseText(test, detailed, style)).join('');
}

function caseText(test: TestCase, detailed: boolean, style: Style): string {
  const mark = { passed: style.green('✓'), failed: style.red('✗'), skipped: style.yellow('-') }[test.status];
  const time = detailed && test.duration_ms > 0 ? style.dim(` (${seconds(test.duration_ms)})`) : '';
  const message = linesOf(test.error_message);
  const shown = detailed ? message : message.slice(0, MESSAGE_LINES);
  const hidden = message.length - shown.length;
  const more = hidden > 0 ? [`(${count(hidden, 'more line')}; show with --detailed)`] : [];
  const text = [...shown, ...more].map((line) => `      ${style.dim(line)}`.trimEnd());
  const output = detailed && test.status === 'failed' ? outputLines(test, style) : [];
  return [`  ${mark} ${oneLine(test.name)}${time}`, ...text, ...output].map((line) => `${line}\n`).join('');
}

function outputLines({ stdout, stderr }: TestCase, style: Style): string[] {
  const streams = [
    ['standard output', stdout],
    ['standard error', stderr],
  ] as const;
  return streams.flatMap(([name, text]) => {
    const lines = linesOf(text);
    return lines.length === 0 ? [] : [`      ${name}:`, ...lines.map((line) => style.dim(`        ${line}`).trimEnd())];
  });
}

function totals(report: TestReport, style: Style): string {
  const mark = report.status === 'failed' ? style.red('✗') : style.green('✓');
  const skipped = report.skipped > 0 ? `, ${report.skipped} skipped` : '';
  return `\n${mark} Tests: ${report.passed}/${report.total_tests} passed, ${report.failed} failed${skipped} in ${seconds(report.duration_ms)}\n`;
}

function linesOf(text: string | null): string[] {
  return text === null ? [] : printable(text.replace(/\r\n?/g, '\n').trimEnd()).split('\n');
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]\s*/g, ' '));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
