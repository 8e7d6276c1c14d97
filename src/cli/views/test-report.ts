import type { TestCase, TestReport, TestSuite } from '../../packs/test-report.ts';
import type { Style } from '../style.ts';

/** The totals and every failure; with `detailed` every case. */
export function testReportView(detailed: boolean): (report: TestReport, style: Style) => string {
  return (report, style) => {
    const heading = `${style.bold(report.pack_ref)} ${report.pack_version}\n`;
    if (report.total_tests === 0 && report.status === 'skipped') return `${heading}This pack has no tests to run.\n`;
    return (
      heading + report.test_suites.map((suite) => suiteText(suite, detailed, style)).join('') + totals(report, style)
    );
  };
}

function suiteText(suite: TestSuite, detailed: boolean, style: Style): string {
  const cases = suite.test_cases.filter(({ status }) => detailed || status === 'failed');
  const heading = `\n${suite.name} ${style.dim(`(${suite.runner_type}, ${seconds(suite.duration_ms)})`)}: ${suite.passed}/${suite.total} passed\n`;
  return heading + cases.map((test) => caseText(test, style)).join('');
}

function caseText(test: TestCase, style: Style): string {
  const mark = { passed: style.green('✓'), failed: style.red('✗'), skipped: style.yellow('-') }[test.status];
  const message = test.error_message ? `\n      ${style.dim(test.error_message)}` : '';
  return `  ${mark} ${test.name}${message}\n`;
}

function totals(report: TestReport, style: Style): string {
  const mark = report.status === 'failed' ? style.red('✗') : style.green('✓');
  const skipped = report.skipped > 0 ? `, ${report.skipped} skipped` : '';
  return `\n${mark} Tests: ${report.passed}/${report.total_tests} passed, ${report.failed} failed${skipped} in ${seconds(report.duration_ms)}\n`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
