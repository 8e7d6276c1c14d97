import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestTrend, trendOf } from '../../../src/operations/test/read-test-history.ts';
import type { TestRun } from '../../../src/store/test-runs.ts';

/** A run as `a+ b- c~`: passed, failed and skipped cases of one suite. */
function runOf(words: string, more: Partial<TestRun> = {}): TestRun {
  const marks: Readonly<Record<string, string>> = { '+': 'passed', '-': 'failed', '~': 'skipped' };
  const cases = words
    .split(' ')
    .map((word) => ({ suite: 's', name: word.slice(0, -1), status: marks[word.slice(-1)] ?? '' }));
  const count = (status: string) => cases.filter((found) => found.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return {
    ...{ id: 1, at: '2026-11-23T00:00:00Z', version: '1.0.0', status: failed > 0 ? 'failed' : 'passed' },
    ...{ total: cases.length, passed, failed, skipped, pass_rate: passed / (passed + failed), duration_ms: 100, cases },
    ...more,
  };
}

const NOTHING: TestTrend = {
  ...{ newly_failing: [], still_failing: [], fixed: [], flaky: [], pass_rate_change: 0, duration_ratio: 1 },
};

interface Row {
  readonly claim: string;
  /** The newest first. */
  readonly runs: readonly TestRun[];
  readonly want: TestTrend | null;
}

const ROWS: readonly Row[] = [
  { claim: 'no run has no trend', runs: [], want: null },
  {
    claim: 'a first run changes nothing, also when it fails',
    runs: [runOf('a-')],
    want: { ...NOTHING, pass_rate_change: null, duration_ratio: null },
  },
  { claim: 'two alike change nothing', runs: [runOf('a+ b+'), runOf('a+ b+')], want: NOTHING },
  {
    claim: 'what failed now, then and before are told apart',
    runs: [runOf('a- b- c+ d-'), runOf('a+ b- c- d~')],
    want: {
      ...NOTHING,
      newly_failing: ['s: a', 's: d'],
      still_failing: ['s: b'],
      fixed: ['s: c'],
      pass_rate_change: -0.083,
    },
  },
  {
    claim: 'a failure that is gone with its test is not fixed',
    runs: [runOf('a+'), runOf('a+ b-')],
    want: { ...NOTHING, pass_rate_change: 0.5 },
  },
  {
    claim: 'a case that changed twice on one version is flaky, one that was mended is not',
    runs: [runOf('a+ b+'), runOf('a- b+'), runOf('a+ b-')],
    want: { ...NOTHING, fixed: ['s: a'], flaky: ['s: a'], pass_rate_change: 0.5 },
  },
  {
    claim: 'another version of the pack may well do otherwise',
    runs: [runOf('a+'), runOf('a-', { version: '0.9.0' }), runOf('a+')],
    want: { ...NOTHING, fixed: ['s: a'], pass_rate_change: 1 },
  },
  {
    claim: 'a slow run is measured by the median of those before it',
    runs: [runOf('a+', { duration_ms: 300 }), runOf('a+'), runOf('a+', { duration_ms: 9000 }), runOf('a+')],
    want: { ...NOTHING, duration_ratio: 3 },
  },
];

for (const { claim, runs, want } of ROWS) {
  test(`the trend of tests: ${claim}`, () => assert.deepEqual(trendOf(runs), want));
}
