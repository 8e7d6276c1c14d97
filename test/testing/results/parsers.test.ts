import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { countCases, type Findings, NO_COUNTS, sumCounts } from '../../../src/testing/results/findings.ts';
import { parseJest } from '../../../src/testing/results/parsers/jest.ts';
import { parseJson } from '../../../src/testing/results/parsers/json.ts';
import { parseJunit } from '../../../src/testing/results/parsers/junit.ts';
import { parseRecords } from '../../../src/testing/results/parsers/records.ts';
import { parseSimple } from '../../../src/testing/results/parsers/simple.ts';
import { parseTap } from '../../../src/testing/results/parsers/tap.ts';

function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, 'golden', name), 'utf8');
}

/** Returns the numbers of passed, failed and skipped tests, and the first problem. */
function summary(findings: Findings | undefined): [number, number, number, string?] | undefined {
  if (findings === undefined) return undefined;
  const { passed, failed, skipped } = sumCounts(countCases(findings.cases), findings.counts ?? NO_COUNTS);
  const [problem] = findings.problems;
  return problem === undefined ? [passed, failed, skipped] : [passed, failed, skipped, problem];
}

function lines({ cases }: Findings): string[] {
  return cases.map(({ name, status, error_message }) => {
    const reason = error_message?.split('\n')[0];
    return `${status} ${name}${reason ? ` | ${reason}` : ''}`;
  });
}

test("parseTap: perl's output is parsed", () => {
  const findings = parseTap(golden('perl-test-more.tap'));
  assert.deepEqual(lines(findings), [
    'passed plain',
    'failed sums up | The runner printed "not ok".',
    'skipped test 3 | no network',
    'skipped planned | not yet',
    'passed group > inner',
    'failed group > inner bad | The runner printed "not ok".',
  ]);
  assert.deepEqual(findings.problems, []);
});

test("parseTap: Node's output is parsed", () => {
  const findings = parseTap(golden('node-24.tap'));
  assert.deepEqual(lines(findings), [
    'passed adds',
    'failed fails & "quotes" <x> | Expected values to be strictly equal:',
    'skipped skipped | no net',
    'skipped todo fails',
    'passed group > inner ok',
    'failed group > inner bad | boom',
    'passed group > deep > deeper',
    'failed parent > child | x',
  ]);
  assert.ok(findings.cases.every(({ duration_ms }) => duration_ms > 0));
});

test("parseJunit: pytest's output is parsed", () => {
  const findings = parseJunit(golden('pytest-7.2.xml'));
  assert.deepEqual(lines(findings), [
    'passed test_p.test_ok',
    'failed test_p.test_bad | AssertionError: lists <differ> & so',
    'skipped test_p.test_skipped | no net',
    'skipped test_p.test_xfail',
    'passed test_p.test_xpass',
    'failed test_p.test_xpass_strict | [XPASS(strict)]',
    'passed test_p.test_param[1]',
    'passed test_p.test_param[2]',
    'failed test_p.test_err | failed on setup with "RuntimeError: no fixture"',
    'failed test_p.test_passes_then_error | failed on teardown with "RuntimeError: teardown"',
    'passed test_p.TestC.test_in_class',
  ]);
  assert.match(findings.cases[0]?.stdout ?? '', /hello out/);
  assert.match(
    findings.cases[1]?.error_message ?? '',
    /assert \[1, 2\] == \[1, 3\]\n.*\n[\s\S]*test_p\.py:5: AssertionError$/,
  );
});

test("parseJunit: mocha's output is parsed", () => {
  assert.deepEqual(lines(parseJunit(golden('mocha-xunit.xml'))), [
    'passed sum.adds',
    'failed sum.bad <x> | 1 == 2',
    'skipped sum.later',
    'failed hooked."before all" hook for "never" | no before',
  ]);
});

test("parseJunit: Node's output with nested suites is parsed", () => {
  assert.deepEqual(summary(parseJunit(golden('node-24-junit.xml'))), [3, 3, 2]);
});

test('parseJest: a report with a file that could not be run is parsed', () => {
  const findings = parseJest(golden('jest.json'));
  assert.deepEqual(summary(findings), [1, 2, 2]);
  assert.ok(lines(findings).includes('passed sum adds'));
  assert.match(
    lines(findings).join('\n'),
    /failed \/pack\/__tests__\/broken\.test\.js \| Jest encountered an unexpected token/,
  );
});

const TAP: { claim: string; input: string; want: ReturnType<typeof summary> }[] = [
  {
    claim: 'fewer tests than planned',
    input: '1..3\nok 1 - a\n',
    want: [1, 0, 0, 'The counts do not add up: 3 tests planned, but 1 run'],
  },
  {
    claim: 'more tests than planned',
    input: '1..1\nok 1\nok 2\n',
    want: [2, 0, 0, 'The TAP output is invalid: id greater than plan end'],
  },
  {
    claim: 'a duplicate number',
    input: '1..2\nok 1 - a\nok 1 - b\n',
    want: [2, 0, 0, 'The TAP output is invalid: test point id 1 appears multiple times'],
  },
  {
    claim: 'a missing plan',
    input: 'TAP version 13\nok 1 - a\n',
    want: [1, 0, 0, 'The TAP output is invalid: no plan'],
  },
  { claim: 'a plan at the end', input: 'ok 1 - a\nnot ok 2 - b\n1..2\n', want: [1, 1, 0] },
  {
    claim: 'a bailout',
    input: '1..3\nok 1 - a\nBail out! db gone\n',
    want: [1, 0, 0, 'The suite bailed out: db gone'],
  },
  { claim: 'an empty plan with a reason is skipped', input: '1..0 # SKIP no docker\n', want: [0, 0, 1] },
  { claim: 'an empty plan without a reason has no tests', input: '1..0\n', want: [0, 0, 0] },
  { claim: 'an empty text has no tests', input: '', want: [0, 0, 0] },
  {
    claim: 'a failed subtest of a passed point',
    input: 'TAP version 14\n# Subtest: g\n    not ok 1 - in\n    1..1\nok 1 - g\n1..1\n',
    want: [0, 1, 0],
  },
  {
    claim: 'a failed point with passed subtests',
    input: 'TAP version 14\n# Subtest: g\n    ok 1 - in\n    1..1\nnot ok 1 - g\n1..1\n',
    want: [1, 1, 0],
  },
  {
    claim: 'a skipped point with an empty subtest is one case',
    input: 'TAP version 14\n# Subtest: g\n    1..0 # SKIP no net\nok 1 - g # SKIP no net\n1..1\n',
    want: [0, 0, 1],
  },
  {
    claim: 'a failed subtest of a TODO point is skipped',
    input:
      'TAP version 14\n# Subtest: g\n    ok 1 - in\n    not ok 2 - out\n    1..2\nnot ok 1 - g # TODO later\n1..1\n',
    want: [1, 0, 1],
  },
  {
    claim: 'a bailout in a subtest ends the run',
    input: 'TAP version 14\n# Subtest: g\n    ok 1 - in\n    ok 2 - in too\n    Bail out! db gone\nBail out! db gone\n',
    want: [2, 0, 0, 'The suite bailed out: db gone'],
  },
  { claim: 'points without numbers or names', input: '1..2\nok\nnot ok\n', want: [1, 1, 0] },
  {
    claim: 'other output between TAP lines is ignored',
    input: 'hello\n1..1\nok\u{301}\nok 1 - x\r\nbye\n',
    want: [1, 0, 0],
  },
];

for (const { claim, input, want } of TAP) {
  test(`parseTap: ${claim}`, () => assert.deepEqual(summary(parseTap(input)), want));
}

const JUNIT: { claim: string; input: string; want: ReturnType<typeof summary> }[] = [
  {
    claim: 'a skipped case whose teardown failed is failed',
    input: '<testsuite><testcase name="a"><skipped/><error message="boom"/></testcase></testsuite>',
    want: [0, 1, 0],
  },
  {
    claim: 'a suite without cases',
    input: '<testsuites><testsuite name="x" tests="0"/></testsuites>',
    want: [0, 0, 0],
  },
  {
    claim: 'nested suites of a root suite are found',
    input: '<testsuite><testcase name="a"/><testsuite><testcase name="b"><error/></testcase></testsuite></testsuite>',
    want: [1, 1, 0],
  },
  {
    claim: 'a case that is skipped and failed (node, TODO) is skipped',
    input: '<testsuite><testcase name="a"><skipped/><failure>x</failure></testcase></testsuite>',
    want: [0, 0, 1],
  },
  {
    claim: 'a failure that is marked only by a status',
    input: '<testsuite><testcase name="a" status="failed"/><testcase name="b" status="run"/></testsuite>',
    want: [1, 1, 0],
  },
  {
    claim: 'a case that was not run (googletest) is skipped',
    input: '<testsuite tests="1"><testcase name="a" status="notrun" result="suppressed"/></testsuite>',
    want: [0, 0, 1],
  },
  {
    claim: 'a case that failed on every attempt (surefire) is failed',
    input: '<testsuite failures="1"><testcase name="a"><failure/><rerunFailure>x</rerunFailure></testcase></testsuite>',
    want: [0, 1, 0],
  },
  {
    claim: 'a case that passed on a later attempt (surefire) is passed',
    input: '<testsuite failures="0"><testcase name="a"><flakyFailure message="x"/></testcase></testsuite>',
    want: [1, 0, 0],
  },
  {
    claim: 'counts of assertions instead of cases (Catch2) are accepted',
    input: '<testsuite tests="40" failures="3"><testcase name="a"><failure/></testcase></testsuite>',
    want: [0, 1, 0],
  },
  {
    claim: 'failures that are counted but not listed are a problem',
    input: '<testsuites failures="2"><testsuite name="s" failures="2"><testcase name="a"/></testsuite></testsuites>',
    want: [1, 0, 0, "The counts do not add up: the suite 's' reports 2 as failed, but lists no failure"],
  },
  {
    claim: 'tests that are counted but not listed are a problem',
    input: '<testsuite name="s" tests="2"/>',
    want: [0, 0, 0, "The counts do not add up: the suite 's' reports 2 tests, but lists none"],
  },
  {
    claim: 'an unrelated document is a problem',
    input: '<html><body/></html>',
    want: [0, 0, 0, "The JUnit file has neither 'testsuites' nor 'testsuite' at its root"],
  },
];

for (const { claim, input, want } of JUNIT) {
  test(`parseJunit: ${claim}`, () => assert.deepEqual(summary(parseJunit(input)), want));
}

test('parseJunit: hostile or invalid XML is a problem, without excessive processing', { timeout: 5000 }, () => {
  const inputs = [
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
    `${'<testsuite>'.repeat(100_000)}${'</testsuite>'.repeat(100_000)}`,
    '<testsuite><testcase name="a"></testsuite>',
    '<testsuite><__proto__ polluted="yes"/></testsuite>',
    'Segmentation fault',
    '',
  ];
  for (const input of inputs) assert.equal(parseJunit(input).problems.length, 1, input.slice(0, 60));
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test('parseJunit: many escaped characters are not mistaken for an entity bomb', () => {
  const failures = '<testcase name="a"><failure message="&lt;">&gt;&#10;</failure></testcase>'.repeat(5000);
  assert.deepEqual(summary(parseJunit(`<testsuite>${failures}</testsuite>`)), [0, 5000, 0]);
});

const SIMPLE: { claim: string; input: string; want: ReturnType<typeof summary> }[] = [
  { claim: 'all four counts are read', input: 'Total Tests: 6\nPassed: 3\nFailed: 2\nSkipped: 1\n', want: [3, 2, 1] },
  {
    claim: 'case, indentation, colors and bullets are ignored',
    input: '\u001b[32m  - PASSED : 2\u001b[0m\r\n* failed:0\r\ntotal tests: 2',
    want: [2, 0, 0],
  },
  { claim: 'missing counts are zero', input: 'Passed: 4', want: [4, 0, 0] },
  {
    claim: 'inconsistent counts are a problem',
    input: 'Total Tests: 5\nPassed: 3\nFailed: 0',
    want: [3, 0, 0, 'The counts do not add up: 5 tests, but 3 passed, 0 failed and 0 skipped'],
  },
  {
    claim: 'a total without other counts is a problem',
    input: 'Total Tests: 5',
    want: [0, 0, 0, 'The counts do not add up: 5 tests, but 0 passed, 0 failed and 0 skipped'],
  },
  {
    claim: 'the last printed counts are used',
    input: 'Passed: 1\nFailed: 0\nPassed: 3\nFailed: 0\n',
    want: [3, 0, 0],
  },
  {
    claim: 'partial failures that are missing in the final counts are a problem',
    input: 'Passed: 1\nFailed: 2\nPassed: 3\nFailed: 0\n',
    want: [3, 0, 0, "The suite printed 'Failed: 2', but ended with 'Failed: 0'"],
  },
  { claim: 'a text without counts has no result', input: 'all tests passed\nresult: Failed: 3', want: undefined },
  { claim: 'an implausible number is ignored', input: 'Passed: 99999999999999999999', want: undefined },
];

for (const { claim, input, want } of SIMPLE) {
  test(`parseSimple: ${claim}`, () => assert.deepEqual(summary(parseSimple(input)), want));
}

test('parseSimple: named cases are used when they agree with the counts', () => {
  const text = '✓ one\n[FAIL] two\n  wanted 1\n  got 2\nSKIP: three\nPassed: 1\nFailed: 1\nSkipped: 1\n';
  const findings = parseSimple(text);
  assert.ok(findings);
  assert.deepEqual(lines(findings), ['passed one', 'failed two | wanted 1', 'skipped three']);
  assert.equal(findings.counts, undefined);
});

test('parseSimple: named cases are ignored when they disagree with the counts', () => {
  const findings = parseSimple('✓ one\nPassed: 2\nFailed: 0\n');
  assert.deepEqual([findings?.cases, findings?.counts], [[], { passed: 2, failed: 0, skipped: 0 }]);
});

const JSON_TABLE: { claim: string; input: unknown; want: ReturnType<typeof summary> }[] = [
  {
    claim: 'a list of cases is read',
    input: {
      tests: [
        { name: 'a', status: 'passed', duration_ms: 3 },
        { name: 'b', status: 'failed' },
      ],
    },
    want: [1, 1, 0],
  },
  {
    claim: 'the form of the report is read',
    input: {
      name: 's',
      total: 1,
      passed: 1,
      failed: 0,
      skipped: 0,
      test_cases: [{ name: 'a', status: 'passed', duration_ms: 1, error_message: null, stdout: null, stderr: null }],
    },
    want: [1, 0, 0],
  },
  {
    claim: 'synonyms of the statuses are accepted',
    input: {
      tests: [
        { name: 'a', status: 'OK' },
        { name: 'b', status: 'error' },
        { name: 'c', status: 'pending' },
      ],
    },
    want: [1, 1, 1],
  },
  { claim: 'counts without cases are read', input: { total: 3, passed: 2, failed: 0, skipped: 1 }, want: [2, 0, 1] },
  {
    claim: 'inconsistent counts are a problem',
    input: { total: 4, passed: 2, failed: 0 },
    want: [2, 0, 0, 'The counts do not add up: the total is 4, but the sum is 2'],
  },
  {
    claim: 'fewer cases than counted are a problem',
    input: { passed: 2, tests: [{ name: 'a', status: 'passed' }] },
    want: [1, 0, 0, 'The counts do not add up: passed is 2, but the list has 1'],
  },
  {
    claim: 'a failed case that is not counted is a problem',
    input: { passed: 1, failed: 0, tests: [{ name: 'a', status: 'failed' }] },
    want: [0, 1, 0, 'The counts do not add up: passed is 1, but the list has 0'],
  },
  {
    claim: 'an unknown status is a problem',
    input: { tests: [{ name: 'a', status: 'constructor' }] },
    want: [0, 0, 0, 'The JSON is not a test suite: tests.0.status: must be passed, failed or skipped'],
  },
  {
    claim: 'a case without a name is a problem',
    input: { tests: [{ status: 'passed' }] },
    want: [0, 0, 0, 'The JSON is not a test suite: tests.0.name: Invalid key: Expected "name" but received undefined'],
  },
  {
    claim: 'a document without cases and counts is a problem',
    input: {},
    want: [0, 0, 0, "The JSON has neither 'tests' nor the counts of passed and failed tests"],
  },
  { claim: 'an empty list has no tests', input: { tests: [] }, want: [0, 0, 0] },
];

for (const { claim, input, want } of JSON_TABLE) {
  test(`parseJson: ${claim}`, () => assert.deepEqual(summary(parseJson(JSON.stringify(input))), want));
}

test('parseJson: log lines around the document are ignored, and a missing document is a problem', () => {
  assert.deepEqual(summary(parseJson('starting...\n{\n "passed": 1\n}\ndone\n')), [1, 0, 0]);
  assert.deepEqual(summary(parseJson('{"passed": 1')), [0, 0, 0, 'The output contains no JSON document']);
  assert.deepEqual(parseJson('{"passed": -1}').problems.length, 1);
});

test('parseRecords: records without an end are an interrupted run with the name of the running case', () => {
  const started =
    '{"event":"start","name":"a"}\n{"event":"case","name":"a","status":"passed"}\n{"event":"start","name":"b"}\n';
  const findings = parseRecords(`${started}{"event":"ca`);
  assert.equal(findings.unfinished, 'b');
  assert.deepEqual(findings.problems, [
    'The suite wrote an invalid result line: {"event":"ca',
    'The suite stopped before all its tests were run',
  ]);
  assert.deepEqual(summary(parseRecords('{"event":"end"}\n')), [0, 0, 0]);
});

test('result parsers: arbitrary input does not throw or produce cases without names', () => {
  const fragments = fc.constantFrom(
    'ok',
    'not ok',
    '1..2',
    'Passed: 1',
    '<testsuite>',
    '</testsuite>',
    '{"tests":[',
    ']}',
    '# SKIP',
    '    ',
    '---',
    '\n',
    '&#0;',
  );
  const text = fc
    .array(fc.oneof(fragments, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 30 })
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(text, (input) => {
      for (const parse of [parseSimple, parseTap, parseJunit, parseJson, parseJest, parseRecords]) {
        for (const { name } of parse(input)?.cases ?? []) assert.ok(name !== '' && name.isWellFormed());
      }
    }),
    { numRuns: 300 },
  );
});

test('parseSimple: printed counts are read back without a problem', () => {
  const count = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(count, count, count, (passed, failed, skipped) => {
      const text = `Total Tests: ${passed + failed + skipped}\nPassed: ${passed}\nFailed: ${failed}\nSkipped: ${skipped}\n`;
      assert.deepEqual(summary(parseSimple(text)), [passed, failed, skipped]);
    }),
  );
});
