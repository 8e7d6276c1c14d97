/**
 * A report in JUnit's XML, as CI servers read it. There is no standard; this keeps to what the schema of Jenkins allows
 * (elements, their order, attributes), which the other readers take as well.
 */
import { XMLBuilder } from 'fast-xml-parser';
import { expandCases, type TestCase, type TestReport, type TestSuite } from '../../packs/test-report.ts';

const ATTRIBUTES = 'attributes';
const BUILDER = new XMLBuilder({
  ignoreAttributes: false,
  attributesGroupName: ATTRIBUTES,
  attributeNamePrefix: '',
  format: true,
  suppressEmptyNode: true,
  processEntities: false,
});

type Attributes = Readonly<Record<string, string | number>>;
interface Element {
  readonly [name: string]: unknown;
}

/** @param hostName where the tests ran */
export function junitXml(report: TestReport, hostName: string): string {
  const { pack_ref, test_suites: suites, total_tests: tests, failed: failures, duration_ms } = report;
  const element = {
    ...attributes({ name: pack_ref, tests, failures, errors: 0, time: seconds(duration_ms) }),
    testsuite: suites.map((suite, id) => suiteElement(suite, id, report, hostName)),
  };
  const body = BUILDER.build({ testsuites: element }) as string;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
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
      // Without a time zone, which stricter readers refuse; it is UTC.
      ...{ time: seconds(duration_ms), timestamp: report.execution_time.slice(0, 19), hostname },
    }),
    properties: {
      property: Object.entries(facts).map(([key, value]) => attributes({ name: key, value: String(value) })),
    },
    testcase: expandCases(suite).map((found) => caseElement(found, `${report.pack_ref}.${name}`)),
  };
}

function caseElement(found: TestCase, classname: string): Element {
  const { name, status, duration_ms, error_message, stdout, stderr } = found;
  const text = escaped(error_message ?? '');
  const [message = ''] = (error_message ?? '').split('\n');
  return {
    ...attributes({ classname, name, time: seconds(duration_ms) }),
    ...(status === 'skipped' ? { skipped: text } : {}),
    ...(status === 'failed' ? { failure: { ...attributes({ message, type: 'failure' }), '#text': text } } : {}),
    ...(stdout === null ? {} : { 'system-out': escaped(stdout) }),
    ...(stderr === null ? {} : { 'system-err': escaped(stderr) }),
  };
}

function attributes(values: Attributes): Element {
  const told = Object.entries(values).map(([name, value]) => [name, escapedAttribute(String(value))]);
  return { [ATTRIBUTES]: Object.fromEntries(told) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no form at all for most control characters (https://www.w3.org/TR/xml/#charsets): they are named. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, codeOf)
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll('\r', '&#13;');
}

/** A reader makes spaces of the line breaks in an attribute unless they are references. */
function escapedAttribute(text: string): string {
  return escaped(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

function codeOf(character: string): string {
  return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
