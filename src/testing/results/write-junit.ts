/**
 * Writes a report as JUnit XML for CI servers. There is no standard for it. The output conforms to the schema of Jenkins
 * (elements, their order, attributes), which other readers accept as well.
 */
import { expandCases, type TestCase, type TestReport, type TestSuite } from '../../packs/test-report.ts';
import { attributes, type Element, escapeText, formatXml } from './xml.ts';

/** Formats the reports of one run as one JUnit XML document. @param hostName the host on which the tests ran */
export function junitXml(reports: readonly TestReport[], hostName: string): string {
  const sum = (key: 'total_tests' | 'failed' | 'duration_ms') =>
    reports.reduce((total, report) => total + report[key], 0);
  const suites = reports.flatMap((report) => report.test_suites.map((suite) => ({ report, suite })));
  const [first] = reports;
  const name = reports.length === 1 && first ? first.pack_ref : `${reports.length} packs`;
  const totals = { tests: sum('total_tests'), failures: sum('failed'), errors: 0 };
  return formatXml({
    testsuites: {
      ...attributes({ name, ...totals, time: seconds(sum('duration_ms')) }),
      testsuite: suites.map(({ report, suite }, id) => suiteElement(suite, id, report, hostName)),
    },
  });
}

function suiteElement(suite: TestSuite, id: number, report: TestReport, hostname: string): Element {
  const { name, total: tests, failed: failures, skipped, duration_ms } = suite;
  const facts = {
    ...{ pack_version: report.pack_version, runner_type: suite.runner_type, timed_out: suite.timed_out },
    ...(suite.exit_code === null ? {} : { exit_code: suite.exit_code }),
  };
  return {
    ...attributes({
      ...{ id, name, package: report.pack_ref, tests, failures, errors: 0, skipped },
      // In UTC, without a time zone, which strict readers reject.
      ...{ time: seconds(duration_ms), timestamp: report.execution_time.slice(0, 19), hostname },
    }),
    properties: {
      property: Object.entries(facts).map(([key, value]) => attributes({ name: key, value: String(value) })),
    },
    testcase: expandCases(suite).map((testCase) => caseElement(testCase, `${report.pack_ref}.${name}`)),
  };
}

function caseElement(testCase: TestCase, classname: string): Element {
  const { name, status, duration_ms, error_message, stdout, stderr } = testCase;
  const text = escapeText(error_message ?? '');
  const [message = ''] = (error_message ?? '').split('\n');
  return {
    ...attributes({ classname, name, time: seconds(duration_ms) }),
    ...(status === 'skipped' ? { skipped: text } : {}),
    ...(status === 'failed' ? { failure: { ...attributes({ message, type: 'failure' }), '#text': text } } : {}),
    ...(stdout === null ? {} : { 'system-out': escapeText(stdout) }),
    ...(stderr === null ? {} : { 'system-err': escapeText(stderr) }),
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
