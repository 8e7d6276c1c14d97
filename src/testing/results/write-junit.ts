/**
 * Writes a report as JUnit XML for CI servers. There is no standard for it. The output conforms to the schema of Jenkins
 * (elements, their order, attributes), which other readers accept as well.
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
export interface Element {
  readonly [name: string]: unknown;
}

/** Formats a report as JUnit XML. @param hostName the host on which the tests ran */
export function junitXml(report: TestReport, hostName: string): string {
  const { pack_ref, test_suites: suites, total_tests: tests, failed: failures, duration_ms } = report;
  const element = {
    ...attributes({ name: pack_ref, tests, failures, errors: 0, time: seconds(duration_ms) }),
    testsuite: suites.map((suite, id) => suiteElement(suite, id, report, hostName)),
  };
  return xmlDocument({ testsuites: element });
}

/** Formats elements that consist of `attributes`, escaped texts and other elements. */
export function xmlDocument(element: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${BUILDER.build(element) as string}`;
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

/** Returns the attributes of an element for `xmlDocument`. */
export function attributes(values: Attributes): Element {
  const escaped = Object.entries(values).map(([name, value]) => [name, escapeAttribute(String(value))]);
  return { [ATTRIBUTES]: Object.fromEntries(escaped) };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Escapes a text. XML 1.0 cannot represent most control characters (https://www.w3.org/TR/xml/#charsets), so they are
 * written as `\u` escapes.
 */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, unicodeEscape)
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll('\r', '&#13;');
}

/** Escapes an attribute. Parsers convert line breaks in attributes to spaces unless they are character references. */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

function unicodeEscape(character: string): string {
  return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
