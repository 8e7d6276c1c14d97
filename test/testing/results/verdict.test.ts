import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TestSuite } from '../../../src/packs/test-report.ts';
import { buildReport, passesGate } from '../../../src/testing/results/verdict.ts';

const PACK = { ref: 'demo', version: '1.0.0' };

function suiteOf(passed: number, failed: number, skipped: number, more: Partial<TestSuite> = {}): TestSuite {
  return {
    name: 'suite',
    runner_type: 'script',
    total: passed + failed + skipped,
    passed,
    failed,
    skipped,
    duration_ms: 1,
    exit_code: failed > 0 ? 1 : 0,
    timed_out: false,
    test_cases: [],
    ...more,
  };
}

function reportOn(...suites: TestSuite[]) {
  return buildReport(PACK, new Date(0), 12.3456789, suites);
}

const STATUSES = [
  { claim: 'all tests passed', suites: [suiteOf(2, 0, 0), suiteOf(1, 0, 0)], want: ['passed', 1] },
  { claim: 'one test failed', suites: [suiteOf(2, 0, 0), suiteOf(1, 1, 4)], want: ['failed', 0.75] },
  { claim: 'all tests were skipped', suites: [suiteOf(0, 0, 3)], want: ['skipped', 1] },
  {
    claim: 'some tests passed and the rest were skipped',
    suites: [suiteOf(2, 0, 0), suiteOf(0, 0, 3)],
    want: ['partial', 1],
  },
  { claim: 'all tests failed', suites: [suiteOf(0, 2, 1)], want: ['failed', 0] },
  { claim: 'there are no suites', suites: [], want: ['skipped', 1] },
] as const;

for (const { claim, suites, want } of STATUSES) {
  test(`buildReport: the status when ${claim}`, () => {
    const { status, pass_rate, execution_time, duration_ms } = reportOn(...suites);
    assert.deepEqual([status, pass_rate], want);
    assert.deepEqual([execution_time, duration_ms], ['1970-01-01T00:00:00.000Z', 12.346]);
  });
}

const GATES = [
  { claim: 'a report without failures passes', suites: [suiteOf(1, 0, 1)], rate: 1, want: true },
  { claim: 'a report without suites passes', suites: [], rate: 1, want: true },
  { claim: 'any failure fails when all tests must pass', suites: [suiteOf(99, 1, 0)], rate: 1, want: false },
  { claim: 'a rate equal to the minimum passes', suites: [suiteOf(7, 3, 0)], rate: 0.7, want: true },
  { claim: 'skipped tests do not count towards the rate', suites: [suiteOf(1, 1, 8)], rate: 0.6, want: false },
  {
    claim: 'the rate is computed over all suites',
    suites: [suiteOf(0, 1, 0), suiteOf(9, 0, 0)],
    rate: 0.9,
    want: true,
  },
  {
    claim: 'no rate excuses a timeout',
    suites: [suiteOf(99, 1, 0, { timed_out: true, exit_code: null })],
    rate: 0.1,
    want: false,
  },
  {
    claim: 'no rate excuses a runner that did not start',
    suites: [suiteOf(9, 0, 0), suiteOf(0, 1, 0, { exit_code: null })],
    rate: 0.1,
    want: false,
  },
];

for (const { claim, suites, rate, want } of GATES) {
  test(`passesGate: ${claim}`, () => assert.equal(passesGate(reportOn(...suites), { minPassRate: rate }), want));
}

test('passesGate: a report that passes also passes with any lower minimum rate', () => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), rate, rate, (passed, failed, one, other) => {
      const report = reportOn(suiteOf(passed, failed, 0));
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      if (passesGate(report, { minPassRate: high })) assert.ok(passesGate(report, { minPassRate: low }));
      if (failed === 0) assert.ok(passesGate(report, { minPassRate: 1 }));
    }),
  );
});
