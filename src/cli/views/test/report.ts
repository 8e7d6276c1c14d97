import type { TestCase, TestReport, TestSuite } from '../../../packs/test-report.ts';
import { printable } from '../../text/sanitize.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';
import { surroundingsLines } from './environment.ts';

/** How much of a message is shown without `--detailed`, in lines. */
const MESSAGE_LINES = 12;

/** The totals and every failure; with `detailed` every case, whole messages and what the failed cases printed. */
export function testReportText(report: TestReport, detailed: boolean, style: Style): string {
  const heading = `${style.bold(oneLine(report.pack_ref))} ${oneLine(report.pack_version)}\n`;
  if (report.total_tests === 0 && report.status === 'skipped') return `${heading}This pack has no tests to run.\n`;
  const suites = report.test_suites.map((suite) => suiteText(suite, detailed, style));
  const around = surroundingsLines(report).map((line) => `${style.dim(line)}\n`);
  return heading + around.join('') + suites.join('') + totals(report, style);
}

function suiteText(suite: TestSuite, detailed: boolean, style: Style): string {
  const cases = suite.test_cases.filter(({ status }) => detailed || status === 'failed');
  const skipped = suite.skipped > 0 ? `, ${suite.skipped} skipped` : '';
  const about = style.dim(`(${suite.runner_type}, ${seconds(suite.duration_ms)})`);
  const heading = `\n${oneLine(suite.name)} ${about}: ${suite.passed}/${suite.total} passed${skipped}\n`;
  return heading + cases.map((test) => caseText(test, detailed, style)).join('');
}

function caseText(test: TestCase, detailed: boolean, style: Style): string {
  const mark = { passed: style.green('✓'), failed: style.red('✗'), skipped: style.yellow('-') }[test.status];
  const time = detailed && test.duration_ms > 0 ? style.dim(` (${seconds(test.duration_ms)})`) : '';
  const message = linesOf(test.error_message);
  const shown = detailed ? message : message.slice(0, MESSAGE_LINES);
  const hidden = message.length - shown.length;
  const more = hidden > 0 ? [`(${count(hidden, 'more line')}: see --detailed)`] : [];
  const text = [...shown, ...more].map((line) => `      ${style.dim(line)}`.trimEnd());
  const printed = detailed && test.status === 'failed' ? printedText(test, style) : [];
  return [`  ${mark} ${oneLine(test.name)}${time}`, ...text, ...printed].map((line) => `${line}\n`).join('');
}

function printedText({ stdout, stderr }: TestCase, style: Style): string[] {
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
