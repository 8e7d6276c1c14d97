import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  amountOf,
  formatBytes,
  inWords,
  type Moment,
  Progress,
  shareOf,
  timeLeftOf,
} from '../../../src/cli/progress/activity.ts';
import { shortened, widthOf } from '../../../src/cli/text/display-width.ts';

const MIB = 1024 * 1024;

function moment(known: Partial<Moment>): Moment {
  return { what: 'x', done: 0, total: undefined, unit: 'bytes', rate: undefined, ...known };
}

interface Row {
  readonly claim: string;
  readonly of: Partial<Moment>;
  readonly want: string | undefined;
}

const SHARES: readonly Row[] = [
  { claim: 'there is no share of what nobody knows', of: { done: 5 }, want: undefined },
  { claim: 'a share is rounded down: all is not done before it is', of: { done: 9999, total: 10_000 }, want: '99%' },
  { claim: 'all is all', of: { done: 3, total: 3 }, want: '100%' },
];
for (const { claim, of, want } of SHARES) test(claim, () => assert.equal(shareOf(moment(of)), want));

const AMOUNTS: readonly Row[] = [
  { claim: 'bytes are told in the unit of all of them', of: { done: 512, total: 10 * MIB }, want: '0.0/10 MiB' },
  { claim: 'a few bytes are bytes', of: { done: 5, total: 700 }, want: '5/700 B' },
  { claim: 'without a total they have their own', of: { done: 1536 }, want: '1.5 KiB' },
  { claim: 'files are counted', of: { done: 3, total: 17, unit: 'files' }, want: '3/17 files' },
  { claim: 'and so are objects', of: { done: 2048, unit: 'objects' }, want: '2048 objects' },
];
for (const { claim, of, want } of AMOUNTS) test(claim, () => assert.equal(amountOf(moment(of)), want));

const TIMES: readonly Row[] = [
  { claim: 'seconds are rounded up', of: { done: 0, total: 100, rate: 30 }, want: '0:04 left' },
  { claim: 'minutes', of: { done: 0, total: 750, rate: 1 }, want: '12:30 left' },
  { claim: 'hours', of: { done: 0, total: 3723, rate: 1 }, want: '1:02:03 left' },
  { claim: 'what stands still has no end in sight', of: { done: 0, total: 100, rate: 0 }, want: undefined },
  { claim: 'and neither has what takes days', of: { done: 0, total: 1e9, rate: 0.001 }, want: undefined },
  { claim: 'what is done has no time left', of: { done: 100, total: 100, rate: 5 }, want: undefined },
  { claim: 'without a total nobody knows', of: { done: 1, rate: 5 }, want: undefined },
];
for (const { claim, of, want } of TIMES) test(`time left: ${claim}`, () => assert.equal(timeLeftOf(moment(of)), want));

test('a rate is known after a second, and is a mean of the last few', () => {
  const progress = new Progress('x');
  const rates: (number | undefined)[] = [];
  const look = (second: number, done: number) => {
    progress.advance(done, undefined, 'bytes');
    const rate = progress.at(second * 1000)?.rate;
    rates.push(rate === undefined ? undefined : Math.round(rate));
  };
  look(0, 0);
  look(0.5, 500);
  look(1, 1000);
  look(2, 2000);
  // Then it is three times as fast for a while, and at last it stalls.
  look(3, 5000);
  look(6, 14_000);
  look(30, 14_000);
  assert.deepEqual(rates, [undefined, undefined, 1000, 1000, 1897, 2703, 1]);
});

test('what was there at the first look has not come meanwhile, and a second attempt is a new beginning', () => {
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
  { claim: 'a total is believed', done: 1, total: 2, want: 2 },
  { claim: 'a server that said too little is not', done: 3, total: 2, want: undefined },
  { claim: 'nothing is no total', done: 0, total: 0, want: undefined },
  { claim: 'not a number is none', done: 0, total: Number.NaN, want: undefined },
  { claim: 'infinity is none', done: 0, total: Number.POSITIVE_INFINITY, want: undefined },
  { claim: 'a negative one is none', done: 0, total: -5, want: undefined },
];
for (const { claim, done, total, want } of TOTALS) {
  test(claim, () => {
    const progress = new Progress('x');
    progress.advance(done, total, 'bytes');
    assert.equal(progress.at(0)?.total, want);
  });
}

test('nothing is known of what has said nothing', () => assert.equal(new Progress('x').at(0), undefined));

test('a line of a log says all that is known', () => {
  const known = moment({ what: 'Downloading x', done: MIB, total: 4 * MIB, rate: MIB });
  assert.equal(inWords(known), 'Downloading x: 25%, 1.0/4.0 MiB, 1.0 MiB/s, 0:03 left');
  assert.equal(inWords(moment({ what: 'Copying y', done: 3, unit: 'files' })), 'Copying y: 3 files');
});

const SHORTENED: readonly { claim: string; text: string; width: number; want: string }[] = [
  { claim: 'what fits stays', text: 'abc', width: 3, want: 'abc' },
  { claim: 'the middle goes, and more of the end stays', text: 'abcdefghij', width: 7, want: 'ab…ghij' },
  { claim: 'a wide character is not halved', text: '漢字漢字漢字', width: 7, want: '漢…漢字' },
  { claim: 'an accent goes with its letter', text: 'abcdefghe\u0301', width: 3, want: '…he\u0301' },
  { claim: 'an accent without its letter is none', text: 'aaaaa漢\u0301b', width: 3, want: '…b' },
  { claim: 'one column is three dots', text: 'abc', width: 1, want: '…' },
  { claim: 'no column is nothing', text: 'abc', width: 0, want: '' },
];
for (const { claim, text, width, want } of SHORTENED) {
  test(`shortened: ${claim}`, () => assert.equal(shortened(text, width), want));
}

test('what is shortened is never wider than it may be, and begins and ends as it did', () => {
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

test('sizes are in the unit that keeps them short', () => {
  assert.deepEqual([0, 0.4, 1023, 1024, 12.4 * MIB].map(formatBytes), ['0 B', '0 B', '1023 B', '1.0 KiB', '12 MiB']);
});
