/**
 * JUnit's XML, as pytest, mocha and most other runners write it. There is no standard; this reads what they have in
 * common: `testcase` elements at any depth with `failure`, `error` or `skipped` in them, times in seconds.
 */
import { XMLParser } from 'fast-xml-parser';
import { reasonOf } from '../errors.ts';
import type { TestCase } from '../packs/test-report.ts';
import { explain, type Findings, foundProblem, makeCase } from './findings.ts';

const REPEATED = new Set(['testsuite', 'testcase', 'failure', 'error', 'skipped', 'system-out', 'system-err']);

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
  if (/<!DOCTYPE/i.test(text)) return foundProblem('Its JUnit file has a DOCTYPE, which is not accepted');
  let document: unknown;
  try {
    document = PARSER.parse(text, true);
  } catch (error) {
    return foundProblem(`Its JUnit file is no valid XML: ${reasonOf(error)}`);
  }
  const { testsuites, testsuite } = asElement(document);
  if (testsuites === undefined && testsuite === undefined) {
    return foundProblem("Its JUnit file has neither 'testsuites' nor 'testsuite' at its root");
  }
  const cases: TestCase[] = [];
  collect(asElement(testsuites), cases);
  for (const suite of asList(testsuite)) collect(asElement(suite), cases);
  return { cases, problems: [] };
}

type Element = Readonly<Record<string, unknown>>;

function collect(element: Element, cases: TestCase[]): void {
  for (const testCase of asList(element['testcase'])) cases.push(caseOf(asElement(testCase)));
  for (const suite of asList(element['testsuite'])) collect(asElement(suite), cases);
}

function caseOf(element: Element): TestCase {
  const { name = '', classname = '', time } = attributesOf(element);
  const fullName = classname ? `${classname}.${name}` : name;
  const details = {
    durationMs: time === undefined ? undefined : Number(time.replaceAll(',', '')) * 1000,
    stdout: asList(element['system-out']).map(textOf).join('\n'),
    stderr: asList(element['system-err']).map(textOf).join('\n'),
  };
  const skipped = asList(element['skipped']);
  if (skipped.length > 0) return makeCase(fullName, 'skipped', { ...details, error: explainAll(skipped) });
  const failures = [...asList(element['error']), ...asList(element['failure'])];
  if (failures.length === 0) return makeCase(fullName, 'passed', details);
  return makeCase(fullName, 'failed', { ...details, error: explainAll(failures) ?? 'The runner gave no reason.' });
}

function explainAll(elements: readonly unknown[]): string | undefined {
  const texts = elements.map((element) => explain(attributesOf(element)['message'], textOf(element)));
  return texts.filter(Boolean).join('\n\n') || undefined;
}

function attributesOf(element: unknown): Readonly<Record<string, string>> {
  return asElement(asElement(element)['attributes']) as Readonly<Record<string, string>>;
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
