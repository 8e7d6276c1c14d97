import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { annotations } from '../../../../src/cli/views/test/annotations.ts';
import { testHistoryView } from '../../../../src/cli/views/test/history.ts';
import { testReportText } from '../../../../src/cli/views/test/report.ts';
import { tapText } from '../../../../src/cli/views/test/tap.ts';
import type { TestCase, TestReport } from '../../../../src/packs/test-report.ts';
import { makeCase } from '../../../../src/testing/results/findings.ts';
import { parseTap } from '../../../../src/testing/results/parsers/tap.ts';
import { buildReport } from '../../../../src/testing/results/verdict.ts';

const PLAIN = new Chalk({ level: 0 });

function reportWith(...suites: (readonly TestCase[])[]): TestReport {
  const counted = suites.map((cases, index) => {
    const count = (status: string) => cases.filter((found) => found.status === status).length;
    const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
    return {
      ...{ name: `suite ${index + 1}`, runner_type: 'script', total: cases.length, passed, failed, skipped },
      ...{ duration_ms: 1500, exit_code: failed > 0 ? 1 : 0, timed_out: false, test_cases: cases },
    };
  });
  return buildReport({ ref: 'demo', version: '1.2.3' }, new Date(0), 2000, counted);
}

const LONG = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');
const FAILED = {
  ...makeCase('fails', 'failed', { error: LONG, stdout: 'said\n', stderr: 'warned' }),
  file: 'tests/a.sh',
  line: 7,
};
const CASES = [
  makeCase('passes', 'passed', { durationMs: 20 }),
  FAILED,
  makeCase('left out', 'skipped', { error: 'no net' }),
];

test('test report: shows failures with the first lines of their messages', () => {
  const text = testReportText(reportWith(CASES), false, PLAIN);
  assert.match(
    text,
    /^demo 1\.2\.3\n\nsuite 1 \(script, 1\.50 s\): 1\/3 passed, 1 skipped\n {2}✗ fails\n {6}line 1\n {6}line 2\n/,
  );
  assert.match(
    text,
    / {6}line 12\n {6}\(18 more lines; show with --detailed\)\n\n✗ Tests: 1\/3 passed, 1 failed, 1 skipped in 2\.00 s\n$/,
  );
  assert.doesNotMatch(text, /passes|left out|said/);
});

test('test report: --detailed shows every case, complete messages and the output of failed cases', () => {
  const text = testReportText(reportWith(CASES), true, PLAIN);
  assert.match(text, / {2}✓ passes \(0\.02 s\)\n/);
  assert.match(text, / {2}- left out\n {6}no net\n/);
  assert.match(text, / {6}line 30\n {6}standard output:\n {8}said\n {6}standard error:\n {8}warned\n/);
});

test('test report: escapes control characters in the output of tests', () => {
  const name = 'a\u001b[2J\nb\u0007';
  const report = reportWith([makeCase(name, 'failed', { error: 'x\u001b[31m\r\ny\rz', stdout: '\u009b2J' })]);
  for (const text of [testReportText(report, true, PLAIN), tapText(report)]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test('TAP: each suite is a subtest, and the output can be parsed again', () => {
  const text = tapText(reportWith(CASES, [makeCase('other', 'passed')]));
  assert.match(text, /^TAP version 14\n1\.\.2\n# Subtest: suite 1\n {4}1\.\.3\n {4}ok 1 - passes\n/);
  assert.match(text, /\n {4}ok 3 - left out # SKIP no net\nnot ok 1 - suite 1\n/);
  const { cases, problems } = parseTap(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    cases.map(({ name, status }) => `${name}: ${status}`),
    ['suite 1 > passes: passed', 'suite 1 > fails: failed', 'suite 1 > left out: skipped', 'suite 2 > other: passed'],
  );
  assert.match(cases[1]?.error_message ?? '', /line 30/);
});

test('TAP: a pack without tests yields an empty plan with a reason', () => {
  assert.equal(tapText(reportWith()), 'TAP version 14\n1..0 # SKIP This pack has no tests to run.\n');
});

test('TAP: arbitrary names and messages are parsed again with the same status', () => {
  const directives = fc.constantFrom(
    '# SKIP',
    '# TODO',
    '...',
    '---',
    'Bail out!',
    '\n',
    'ok 1',
    '1..9',
    '\\',
    ': |-',
    '    ',
  );
  const text = fc
    .array(fc.oneof(directives, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 6 })
    .map((all) => all.join(' '));
  const found = fc.record({ name: text, error: text, status: fc.constantFrom('passed', 'failed', 'skipped') });
  fc.assert(
    fc.property(fc.array(found, { minLength: 1, maxLength: 4 }), (all) => {
      const cases = all.map(({ name, status, error }) => makeCase(name, status, { error, durationMs: 1 }));
      const read = parseTap(tapText(reportWith(cases)));
      assert.deepEqual(read.problems, []);
      assert.deepEqual(
        read.cases.map(({ status }) => status),
        cases.map(({ status }) => status),
      );
    }),
    { numRuns: 200 },
  );
});

const ACTIONS = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: '/work/repo' };
const annotated = (
  cases: readonly TestCase[],
  directory = '/work/repo/packs/demo',
  variables: Record<string, string> = ACTIONS,
) => annotations([{ report: reportWith(cases), directory }], variables);

const ANNOTATIONS = [
  {
    claim: 'a failure has its file relative to the repository and its line',
    got: annotated([{ ...FAILED, error_message: 'one\ntwo' }]),
    want: '::error file=packs/demo/tests/a.sh,line=7,title=demo%2C suite 1%3A fails::one%0Atwo\n',
  },
  {
    claim: 'a failure of a pack outside of the repository has no location',
    got: annotated([{ ...FAILED, error_message: 'x' }], '/home/me/packs/demo'),
    want: '::error title=demo%2C suite 1%3A fails::x\n',
  },
  {
    claim: 'workflow commands in names and messages are escaped',
    got: annotated([makeCase('a,line=1::x%0A\n::set-env', 'failed', { error: '50%\r\n::warning::y\u001b' })]),
    want: '::error title=demo%2C suite 1%3A a%2Cline=1%3A%3Ax%250A%0A%3A%3Aset-env::50%25%0A::warning::y\\u001b\n',
  },
  {
    claim: 'passed and skipped cases are not annotated',
    got: annotated([makeCase('a', 'passed'), makeCase('b', 'skipped')]),
    want: '',
  },
  {
    claim: 'nothing is printed outside of GitHub Actions',
    got: annotated([FAILED], '/work/repo', { CI: 'true' }),
    want: '',
  },
];

for (const { claim, got, want } of ANNOTATIONS) {
  test(`annotations: ${claim}`, () => assert.equal(got, want));
}

test('annotations: beyond the limit of the runner, the last annotation has the number of further failures', () => {
  const lines = annotated(Array.from({ length: 25 }, (_, index) => makeCase(`case ${index}`, 'failed'))).split('\n');
  assert.equal(lines.length, 11);
  assert.match(lines[9] ?? '', /16 more failures/);
});

test('test history: shows the runs and the changes of the last one', () => {
  const run = {
    id: 1,
    at: '2026-11-23T01:02:03Z',
    version: '1.0.0',
    status: 'failed',
    total: 3,
    passed: 2,
    failed: 1,
    skipped: 0,
    pass_rate: 0.667,
    duration_ms: 3000,
    isolation: null,
  };
  const trend = {
    newly_failing: ['shell: a'],
    still_failing: [],
    fixed: ['shell: b'],
    flaky: ['shell: a'],
    pass_rate_change: 0,
    duration_ratio: 2,
  };
  const text = testHistoryView({ pack_ref: 'demo', runs: [run], trend }, PLAIN);
  assert.match(text, /^TIME .*\n2026-11-23T01:02:03Z {2}1\.0\.0 {4}failed {2}2\/3/);
  assert.match(
    text,
    /\nNewly failing:\n {2}✗ shell: a\n\nFixed:\n {2}✓ shell: b\n\nFlaky:\n {2}~ shell: a\n\n.* 2\.0 times/,
  );
  assert.match(
    testHistoryView({ pack_ref: 'demo', runs: [], trend: null }, PLAIN),
    /No test runs of demo are recorded/,
  );
});
