import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Progress, type ProgressSnapshot } from '../../../src/cli/progress/activity.ts';
import {
  formatAmount,
  formatBytes,
  formatPercentage,
  formatProgress,
  formatTimeLeft,
} from '../../../src/cli/progress/format.ts';
import { shortened, widthOf } from '../../../src/cli/text/display-width.ts';

const MIB = 1024 * 1024;

function snapshot(known: Partial<ProgressSnapshot>): ProgressSnapshot {
  return { what: 'x', done: 0, total: undefined, unit: 'bytes', rate: undefined, ...known };
}

interface Row {
  readonly claim: string;
  readonly of: Partial<ProgressSnapshot>;
  readonly want: string | undefined;
}

const PERCENTAGES: readonly Row[] = [
  { claim: 'unknown without a total', of: { done: 5 }, want: undefined },
  { claim: 'rounded down, so that only a complete activity has 100%', of: { done: 9999, total: 10_000 }, want: '99%' },
  { claim: 'a complete activity has 100%', of: { done: 3, total: 3 }, want: '100%' },
];
for (const { claim, of, want } of PERCENTAGES) {
  test(`formatPercentage: ${claim}`, () => assert.equal(formatPercentage(snapshot(of)), want));
}

const AMOUNTS: readonly Row[] = [
  { claim: 'bytes use the unit of the total', of: { done: 512, total: 10 * MIB }, want: '0.0/10 MiB' },
  { claim: 'small amounts are in bytes', of: { done: 5, total: 700 }, want: '5/700 B' },
  { claim: 'bytes without a total use their own unit', of: { done: 1536 }, want: '1.5 KiB' },
  { claim: 'files are counted', of: { done: 3, total: 17, unit: 'files' }, want: '3/17 files' },
  { claim: 'objects are counted', of: { done: 2048, unit: 'objects' }, want: '2048 objects' },
];
for (const { claim, of, want } of AMOUNTS) {
  test(`formatAmount: ${claim}`, () => assert.equal(formatAmount(snapshot(of)), want));
}

const TIMES: readonly Row[] = [
  { claim: 'seconds are rounded up', of: { done: 0, total: 100, rate: 30 }, want: '0:04 left' },
  { claim: 'minutes and seconds are shown', of: { done: 0, total: 750, rate: 1 }, want: '12:30 left' },
  { claim: 'hours, minutes and seconds are shown', of: { done: 0, total: 3723, rate: 1 }, want: '1:02:03 left' },
  { claim: 'unknown at a rate of zero', of: { done: 0, total: 100, rate: 0 }, want: undefined },
  { claim: 'unknown if it takes days', of: { done: 0, total: 1e9, rate: 0.001 }, want: undefined },
  { claim: 'unknown for a complete activity', of: { done: 100, total: 100, rate: 5 }, want: undefined },
  { claim: 'unknown without a total', of: { done: 1, rate: 5 }, want: undefined },
];
for (const { claim, of, want } of TIMES) {
  test(`formatTimeLeft: ${claim}`, () => assert.equal(formatTimeLeft(snapshot(of)), want));
}

test('progress: the rate is known after one second and averages the last few seconds', () => {
  const progress = new Progress('x');
  const rates: (number | undefined)[] = [];
  const sample = (second: number, done: number) => {
    progress.advance(done, undefined, 'bytes');
    const rate = progress.at(second * 1000)?.rate;
    rates.push(rate === undefined ? undefined : Math.round(rate));
  };
  sample(0, 0);
  sample(0.5, 500);
  sample(1, 1000);
  sample(2, 2000);
  // Three times as fast for a while, then stalled.
  sample(3, 5000);
  sample(6, 14_000);
  sample(30, 14_000);
  assert.deepEqual(rates, [undefined, undefined, 1000, 1000, 1897, 2703, 1]);
});

test('progress: the amount of the first sample does not count as rate, and a restart resets the rate', () => {
  const progress = new Progress('x');
  const rateAt = (second: number, done: number) => {
    progress.advance(done, undefined, 'bytes');
    return progress.at(second * 1000)?.rate;
  };
  assert.equal(rateAt(0, 50 * MIB), undefined);
  assert.equal(Math.round(rateAt(2, 50 * MIB + 2000) ?? 0), 1000);
  assert.equal(rateAt(3, 10), undefined);
  assert.equal(Math.round(rateAt(5, 4010) ?? 0), 2000);
});

const TOTALS: readonly { claim: string; done: number; total: number | undefined; want: number | undefined }[] = [
  { claim: 'a plausible total is used', done: 1, total: 2, want: 2 },
  { claim: 'a total below the amount done is ignored', done: 3, total: 2, want: undefined },
  { claim: 'zero is ignored', done: 0, total: 0, want: undefined },
  { claim: 'NaN is ignored', done: 0, total: Number.NaN, want: undefined },
  { claim: 'infinity is ignored', done: 0, total: Number.POSITIVE_INFINITY, want: undefined },
  { claim: 'a negative total is ignored', done: 0, total: -5, want: undefined },
];
for (const { claim, done, total, want } of TOTALS) {
  test(`progress: ${claim}`, () => {
    const progress = new Progress('x');
    progress.advance(done, total, 'bytes');
    assert.equal(progress.at(0)?.total, want);
  });
}

test('progress: there is no snapshot before the first report', () => assert.equal(new Progress('x').at(0), undefined));

test('formatProgress: the line has all known figures', () => {
  const known = snapshot({ what: 'Downloading x', done: MIB, total: 4 * MIB, rate: MIB });
  assert.equal(formatProgress(known), 'Downloading x: 25%, 1.0/4.0 MiB, 1.0 MiB/s, 0:03 left');
  assert.equal(formatProgress(snapshot({ what: 'Copying y', done: 3, unit: 'files' })), 'Copying y: 3 files');
});

const SHORTENED: readonly { claim: string; text: string; width: number; want: string }[] = [
  { claim: 'a text that fits is unchanged', text: 'abc', width: 3, want: 'abc' },
  { claim: 'the middle is omitted, and more of the end is kept', text: 'abcdefghij', width: 7, want: 'ab…ghij' },
  { claim: 'a wide character is not split', text: '漢字漢字漢字', width: 7, want: '漢…漢字' },
  { claim: 'a combining accent is kept with its letter', text: 'abcdefghe\u0301', width: 3, want: '…he\u0301' },
  { claim: 'a combining accent without its letter is omitted', text: 'aaaaa漢\u0301b', width: 3, want: '…b' },
  { claim: 'one column has the ellipsis', text: 'abc', width: 1, want: '…' },
  { claim: 'no columns have nothing', text: 'abc', width: 0, want: '' },
];
for (const { claim, text, width, want } of SHORTENED) {
  test(`shortened: ${claim}`, () => assert.equal(shortened(text, width), want));
}

test('shortened: the result fits and keeps the beginning and the end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat({ max: 30 }), (text, width) => {
      const short = shortened(text, width);
      assert.ok(widthOf(short) <= width);
      if (short === text) return;
      const [start = '', end = ''] = short.split('…').length === 2 ? short.split('…') : [];
      assert.ok(text.startsWith(start) && text.endsWith(end));
    }),
  );
});

test('formatBytes: sizes use the largest fitting unit', () => {
  assert.deepEqual([0, 0.4, 1023, 1024, 12.4 * MIB].map(formatBytes), ['0 B', '0 B', '1023 B', '1.0 KiB', '12 MiB']);
});
