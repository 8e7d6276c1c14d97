/**
 * JUnit's XML, as pytest, mocha, jest-junit, surefire, go-junit-report and most others write it. There is no standard;
 * this reads what they have in common: `testcase` elements at any depth with `failure`, `error` or `skipped` in them,
 * times in seconds. The attempts that surefire adds to a case that was run again (`rerunFailure`, `flakyFailure`) do not
 * decide: it failed in the end, or it did not.
 */
import { XMLParser } from 'fast-xml-parser';
import { reasonOf } from '../../../errors.ts';
import type { TestCase } from '../../../packs/test-report.ts';
import { explain, type Findings, problemFindings, makeCase } from '../findings.ts';

const FAILURES = ['error', 'failure'];
const FORGIVEN = ['flakyError', 'flakyFailure'];
const REPEATED = new Set([
  ...['testsuite', 'testcase', 'skipped', 'system-out', 'system-err'],
  ...FAILURES,
  ...FORGIVEN,
]);

/** Words of `status` and `result` by which googletest, ctest and others mark a case that has no element to say so. */
const NOT_RUN = /^(?:notrun|disabled|ignored|skipped|suppressed)$/i;
const FAILED = /^(?:fail|failed|error)$/i;

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributesGroupName: 'attributes',
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Numeric character references, which every writer uses for line breaks, are understood only with this.
  htmlEntities: true,
  isArray: (name, _path, _leaf, attribute) => !attribute && REPEATED.has(name),
});

export function parseJunit(text: string): Findings {
  if (/<!DOCTYPE/i.test(text)) return problemFindings('Its JUnit file has a DOCTYPE, which is not accepted');
  let document: unknown;
  try {
    document = PARSER.parse(text, true);
  } catch (error) {
    return problemFindings(`Its JUnit file is no valid XML: ${reasonOf(error)}`);
  }
  const { testsuites, testsuite } = asElement(document);
  if (testsuites === undefined && testsuite === undefined) {
    return problemFindings("Its JUnit file has neither 'testsuites' nor 'testsuite' at its root");
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
  const problem = contradiction(attributesOf(element), found.cases.slice(before));
  if (problem !== undefined && found.problems.length === 0) found.problems.push(problem);
}

/** Runners count in many ways (cases, assertions, attempts), but none counts failures or tests where there are none. */
function contradiction(attributes: Attributes, cases: readonly TestCase[]): string | undefined {
  const { tests, failures, errors, name = '' } = attributes;
  const failed = (Number(failures) || 0) + (Number(errors) || 0);
  const suite = name ? `suite '${name.slice(0, 200)}'` : 'root';
  if (failed > 0 && !cases.some(({ status }) => status === 'failed')) {
    return `Its counts do not add up: the ${suite} says that ${failed} failed, and lists no failure`;
  }
  if (Number(tests) > 0 && cases.length === 0) {
    return `Its counts do not add up: the ${suite} says ${tests} tests, and lists none`;
  }
  return undefined;
}

function caseOf(element: Element): TestCase {
  const { name = '', classname = '', time, status = '', result = '' } = attributesOf(element);
  // jest-junit writes the same twice, and mocha-junit-reporter the end of the name.
  const fullName = classname && !` ${name}`.endsWith(` ${classname}`) ? `${classname}.${name}` : name;
  const details = {
    durationMs: time === undefined ? undefined : Number(time.replaceAll(',', '')) * 1000,
    stdout: asList(element['system-out']).map(textOf).join('\n'),
    stderr: asList(element['system-err']).map(textOf).join('\n'),
  };
  const skipped = asList(element['skipped']);
  const failures = FAILURES.flatMap((kind) => asList(element[kind]));
  if (skipped.length > 0 || (failures.length === 0 && [status, result].some((word) => NOT_RUN.test(word)))) {
    return makeCase(fullName, 'skipped', { ...details, error: explainAll(skipped) });
  }
  if (failures.length > 0 || FAILED.test(status)) {
    return makeCase(fullName, 'failed', { ...details, error: explainAll(failures) });
  }
  const forgiven = FORGIVEN.flatMap((kind) => asList(element[kind]));
  const error =
    forgiven.length > 0 ? `It failed at first: ${explainAll(forgiven) ?? 'the runner does not say why'}` : undefined;
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
