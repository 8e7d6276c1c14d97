/**
 * Parses JUnit XML as written by pytest, mocha, jest-junit, surefire, go-junit-report and most other runners. There is no
 * standard, so only their common subset is read: `testcase` elements at any depth that contain `failure`, `error` or
 * `skipped`, and times in seconds. The attempts that surefire adds to a repeated case (`rerunFailure`, `flakyFailure`) do
 * not change its final status.
 */
import { XMLParser } from 'fast-xml-parser';
import { reasonOf } from '../../../errors.ts';
import type { TestCase } from '../../../packs/test-report.ts';
import { count } from '../../../platform/count.ts';
import { explain, type Findings, makeCase, problemFindings } from '../findings.ts';

const FAILURES = ['error', 'failure'];
const FLAKY = ['flakyError', 'flakyFailure'];
const REPEATED = new Set([...['testsuite', 'testcase', 'skipped', 'system-out', 'system-err'], ...FAILURES, ...FLAKY]);

/** Values of `status` and `result` with which googletest, ctest and others mark a case instead of with an element. */
const NOT_RUN = /^(?:notrun|disabled|ignored|skipped|suppressed)$/i;
const FAILED = /^(?:fail|failed|error)$/i;

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributesGroupName: 'attributes',
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Required for numeric character references, which every writer uses for line breaks.
  htmlEntities: true,
  isArray: (name, _path, _leaf, attribute) => !attribute && REPEATED.has(name),
});

export function parseJunit(text: string): Findings {
  if (/<!DOCTYPE/i.test(text)) return problemFindings('The JUnit file has a DOCTYPE, which is not accepted');
  let document: unknown;
  try {
    document = PARSER.parse(text, true);
  } catch (error) {
    return problemFindings(`The JUnit file is not valid XML: ${reasonOf(error)}`);
  }
  const { testsuites, testsuite } = asElement(document);
  if (testsuites === undefined && testsuite === undefined) {
    return problemFindings("The JUnit file has neither 'testsuites' nor 'testsuite' at its root");
  }
  const found: Found = { cases: [], problems: [] };
  collect(asElement(testsuites), found);
  for (const suite of asList(testsuite)) collect(asElement(suite), found);
  return found;
}

interface Found extends Findings {
  readonly cases: TestCase[];
  readonly problems: string[];
}

type Element = Readonly<Record<string, unknown>>;

function collect(element: Element, found: Found): void {
  const before = found.cases.length;
  for (const testCase of asList(element['testcase'])) found.cases.push(caseOf(asElement(testCase)));
  for (const suite of asList(element['testsuite'])) collect(asElement(suite), found);
  const problem = findContradiction(attributesOf(element), found.cases.slice(before));
  if (problem !== undefined && found.problems.length === 0) found.problems.push(problem);
}

/** Runners count differently (cases, assertions, attempts), but none counts failures or tests if there are none. */
function findContradiction(attributes: Attributes, cases: readonly TestCase[]): string | undefined {
  const { tests, failures, errors, name = '' } = attributes;
  const failed = (Number(failures) || 0) + (Number(errors) || 0);
  const suite = name ? `suite '${name.slice(0, 200)}'` : 'root';
  if (failed > 0 && !cases.some(({ status }) => status === 'failed')) {
    return `The counts do not add up: the ${suite} reports ${failed} as failed, but lists no failure`;
  }
  if (Number(tests) > 0 && cases.length === 0) {
    return `The counts do not add up: the ${suite} reports ${count(Number(tests), 'test')}, but lists none`;
  }
  return undefined;
}

function caseOf(element: Element): TestCase {
  const { name = '', classname = '', time, status = '', result = '' } = attributesOf(element);
  // jest-junit writes the same text in both attributes; mocha-junit-reporter writes the end of the name as the class name.
  const fullName = classname && !` ${name}`.endsWith(` ${classname}`) ? `${classname}.${name}` : name;
  const details = {
    durationMs: time === undefined ? undefined : Number(time.replaceAll(',', '')) * 1000,
    stdout: asList(element['system-out']).map(textOf).join('\n'),
    stderr: asList(element['system-err']).map(textOf).join('\n'),
  };
  const skipped = asList(element['skipped']);
  const failures = FAILURES.flatMap((kind) => asList(element[kind]));
  // Node reports a failed TODO as skipped and failure, which is skipped; pytest a failed teardown as skipped and error.
  const isError = asList(element['error']).length > 0;
  const isNotRun = failures.length === 0 && [status, result].some((value) => NOT_RUN.test(value));
  if (!isError && (skipped.length > 0 || isNotRun)) {
    return makeCase(fullName, 'skipped', { ...details, error: explainAll(skipped) });
  }
  if (failures.length > 0 || FAILED.test(status)) {
    return makeCase(fullName, 'failed', { ...details, error: explainAll(failures) });
  }
  const flaky = FLAKY.flatMap((kind) => asList(element[kind]));
  const error =
    flaky.length > 0 ? `The case failed at first: ${explainAll(flaky) ?? 'the runner gave no reason'}` : undefined;
  return makeCase(fullName, 'passed', { ...details, error });
}

function explainAll(elements: readonly unknown[]): string | undefined {
  const texts = elements.map((element) => explain(attributesOf(element)['message'], textOf(element)));
  return texts.filter(Boolean).join('\n\n') || undefined;
}

type Attributes = Readonly<Record<string, string>>;

function attributesOf(element: unknown): Attributes {
  return asElement(asElement(element)['attributes']) as Attributes;
}

function textOf(element: unknown): string {
  const text = typeof element === 'string' ? element : asElement(element)['#text'];
  return typeof text === 'string' ? text : '';
}

function asElement(value: unknown): Element {
  return typeof value === 'object' && value !== null ? (value as Element) : {};
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
