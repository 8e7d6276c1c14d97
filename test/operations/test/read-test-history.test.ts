import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestTrend, trendOf } from '../../../src/operations/test/read-test-history.ts';
import type { TestRun } from '../../../src/store/test-runs.ts';

/** Creates a run from text such as `a+ b- c~`: passed, failed and skipped cases of one suite. */
function runOf(cases: string, more: Partial<TestRun> = {}): TestRun {
  const marks: Readonly<Record<string, string>> = { '+': 'passed', '-': 'failed', '~': 'skipped' };
  const parsed = cases
    .split(' ')
    .map((text) => ({ suite: 's', name: text.slice(0, -1), status: marks[text.slice(-1)] ?? '' }));
  const count = (status: string) => parsed.filter((found) => found.status === status).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return {
    ...{ id: 1, at: '2026-11-23T00:00:00Z', version: '1.0.0', status: failed > 0 ? 'failed' : 'passed' },
    ...{ total: parsed.length, passed, failed, skipped, pass_rate: passed / (passed + failed), duration_ms: 100 },
    isolation: null,
    cases: parsed,
    ...more,
  };
}

const NOTHING: TestTrend = {
  ...{ newly_failing: [], still_failing: [], fixed: [], flaky: [], pass_rate_change: 0, duration_ratio: 1 },
};

interface Row {
  readonly claim: string;
  /** Newest first. */
  readonly runs: readonly TestRun[];
  readonly want: TestTrend | null;
}

const ROWS: readonly Row[] = [
  { claim: 'without a run there is no trend', runs: [], want: null },
  {
    claim: 'a failing first run is not newly failing',
    runs: [runOf('a-')],
    want: { ...NOTHING, pass_rate_change: null, duration_ratio: null },
  },
  { claim: 'two equal runs change nothing', runs: [runOf('a+ b+'), runOf('a+ b+')], want: NOTHING },
  {
    claim: 'newly failing, still failing and fixed cases are distinguished',
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
    claim: 'a failing case that was removed is not fixed',
    runs: [runOf('a+'), runOf('a+ b-')],
    want: { ...NOTHING, pass_rate_change: 0.5 },
  },
  {
    claim: 'a case that changed twice on one version is flaky, a fixed case is not',
    runs: [runOf('a+ b+'), runOf('a- b+'), runOf('a+ b-')],
    want: { ...NOTHING, fixed: ['s: a'], flaky: ['s: a'], pass_rate_change: 0.5 },
  },
  {
    claim: 'runs of other versions do not make a case flaky',
    runs: [runOf('a+'), runOf('a-', { version: '0.9.0' }), runOf('a+')],
    want: { ...NOTHING, fixed: ['s: a'], pass_rate_change: 1 },
  },
  {
    claim: 'the duration is compared with the median of earlier runs',
    runs: [runOf('a+', { duration_ms: 300 }), runOf('a+'), runOf('a+', { duration_ms: 9000 }), runOf('a+')],
    want: { ...NOTHING, duration_ratio: 3 },
  },
];

for (const { claim, runs, want } of ROWS) {
  test(`test trend: ${claim}`, () => assert.deepEqual(trendOf(runs), want));
}
