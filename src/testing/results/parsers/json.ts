/**
 * `result_format: json`: one suite as the report has it, `{tests: [{name, status, ...}]}`, or its counts alone,
 * `{total, passed, failed, skipped}`. Where there are both they must agree.
 */
import * as v from 'valibot';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { type Counts, countCases, type Findings, problemFindings, makeCase } from '../findings.ts';

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
    v.check((word) => Object.hasOwn(STATUSES, word), 'must be passed, failed or skipped'),
  ),
  duration_ms: v.optional(v.nullable(v.number())),
  error_message: TEXT,
  message: TEXT,
  stdout: TEXT,
  stderr: TEXT,
});
const SUITE = v.object({
  // A union would only say that neither form fits.
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
  if (document === undefined) return problemFindings('Its output holds no JSON document');
  const read = v.safeParse(SUITE, document);
  if (!read.success) {
    return problemFindings(`Its JSON is not a suite of tests: ${read.issues.map(describe).join('; ')}`);
  }
  const suite = read.output;
  const list = Array.isArray(suite.tests) ? suite.tests : suite.test_cases;
  const cases = list?.map(caseOf);
  const counts = countsOf(suite);
  if (!cases && !counts) return problemFindings("Its JSON has neither 'tests' nor the counts of passed and failed tests");
  const problems = contradictions(suite, cases ? countCases(cases) : counts, counts);
  return cases ? { cases, problems } : { cases: [], ...(counts ? { counts } : {}), problems };
}

/** The whole text, or what stands between the first line that opens an object and the last that closes one. */
function findDocument(text: string): unknown {
  const within = /^\s*\{[\s\S]*\}\s*$/m.exec(text)?.[0];
  for (const candidate of [text, within]) {
    try {
      if (candidate !== undefined) return JSON.parse(candidate);
    } catch {
      // Log lines around the document: try without them.
    }
  }
  return undefined;
}

function describe(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue);
  return place === null ? issue.message : `${place}: ${issue.message}`;
}

function caseOf(found: v.InferOutput<typeof CASE>): TestCase {
  return makeCase(found.name, STATUSES[found.status] ?? 'failed', {
    durationMs: found.duration_ms ?? undefined,
    error: found.error_message ?? found.message ?? undefined,
    stdout: found.stdout ?? undefined,
    stderr: found.stderr ?? undefined,
  });
}

function countsOf({ passed, failed, skipped }: Suite): Counts | undefined {
  if (passed === undefined && failed === undefined && skipped === undefined) return undefined;
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
}

function contradictions(suite: Suite, actual: Counts | undefined, claimed: Counts | undefined): string[] {
  if (actual === undefined) return [];
  const sum = actual.passed + actual.failed + actual.skipped;
  const total = suite.total ?? suite.total_tests ?? (typeof suite.tests === 'number' ? suite.tests : sum);
  const words = (['passed', 'failed', 'skipped'] as const).filter(
    (word) => (claimed?.[word] ?? actual[word]) !== actual[word],
  );
  return [
    ...(total === sum ? [] : [`Its counts do not add up: it says ${total} tests, and there are ${sum}`]),
    ...words.map((word) => `Its counts do not add up: it says ${claimed?.[word]} ${word}, and lists ${actual[word]}`),
  ];
}
