/**
 * Parses `result_format: json`: one suite as in the report, `{tests: [{name, status, ...}]}`, or only its counts,
 * `{total, passed, failed, skipped}`. If both are present, they must agree.
 */
import * as v from 'valibot';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { type Counts, countCases, type Findings, makeCase, problemFindings } from '../findings.ts';

const STATUSES: Readonly<Record<string, CaseStatus>> = {
  passed: 'passed',
  pass: 'passed',
  ok: 'passed',
  success: 'passed',
  failed: 'failed',
  fail: 'failed',
  failure: 'failed',
  error: 'failed',
  skipped: 'skipped',
  skip: 'skipped',
  pending: 'skipped',
  todo: 'skipped',
};

const TEXT = v.optional(v.nullable(v.string()));
const COUNT = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const CASE = v.object({
  name: v.string(),
  status: v.pipe(
    v.string(),
    v.toLowerCase(),
    v.check((status) => Object.hasOwn(STATUSES, status), 'must be passed, failed or skipped'),
  ),
  duration_ms: v.optional(v.nullable(v.number())),
  error_message: TEXT,
  message: TEXT,
  stdout: TEXT,
  stderr: TEXT,
});
const SUITE = v.object({
  // A union would only report that neither form matches.
  tests: v.optional(v.lazy((input) => (Array.isArray(input) ? v.array(CASE) : v.number()))),
  test_cases: v.optional(v.array(CASE)),
  total: COUNT,
  total_tests: COUNT,
  passed: COUNT,
  failed: COUNT,
  skipped: COUNT,
});

type Suite = v.InferOutput<typeof SUITE>;

export function parseJson(text: string): Findings {
  const document = findDocument(text);
  if (document === undefined) return problemFindings('The output contains no JSON document');
  const read = v.safeParse(SUITE, document);
  if (!read.success) {
    return problemFindings(`The JSON is not a test suite: ${read.issues.map(describe).join('; ')}`);
  }
  const suite = read.output;
  const list = Array.isArray(suite.tests) ? suite.tests : suite.test_cases;
  const cases = list?.map(caseOf);
  const counts = countsOf(suite);
  if (!cases && !counts)
    return problemFindings("The JSON has neither 'tests' nor the counts of passed and failed tests");
  const problems = findContradictions(suite, cases ? countCases(cases) : counts, counts);
  return cases ? { cases, problems } : { cases: [], ...(counts ? { counts } : {}), problems };
}

/** Parses the whole text, or the part from the first line that opens an object to the last that closes one. */
function findDocument(text: string): unknown {
  const within = /^\s*\{[\s\S]*\}\s*$/m.exec(text)?.[0];
  for (const candidate of [text, within]) {
    try {
      if (candidate !== undefined) return JSON.parse(candidate);
    } catch {
      // There may be log lines around the document, so the next candidate is tried.
    }
  }
  return undefined;
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}

function caseOf(testCase: v.InferOutput<typeof CASE>): TestCase {
  return makeCase(testCase.name, STATUSES[testCase.status] ?? 'failed', {
    durationMs: testCase.duration_ms ?? undefined,
    error: testCase.error_message ?? testCase.message ?? undefined,
    stdout: testCase.stdout ?? undefined,
    stderr: testCase.stderr ?? undefined,
  });
}

function countsOf({ passed, failed, skipped }: Suite): Counts | undefined {
  if (passed === undefined && failed === undefined && skipped === undefined) return undefined;
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
}

function findContradictions(suite: Suite, actual: Counts | undefined, claimed: Counts | undefined): string[] {
  if (actual === undefined) return [];
  const sum = actual.passed + actual.failed + actual.skipped;
  const total = suite.total ?? suite.total_tests ?? (typeof suite.tests === 'number' ? suite.tests : sum);
  const names = (['passed', 'failed', 'skipped'] as const).filter(
    (name) => (claimed?.[name] ?? actual[name]) !== actual[name],
  );
  return [
    ...(total === sum ? [] : [`The counts do not add up: the total is ${total}, but the sum is ${sum}`]),
    ...names.map((name) => `The counts do not add up: ${name} is ${claimed?.[name]}, but the list has ${actual[name]}`),
  ];
}
