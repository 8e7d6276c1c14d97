import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAge, parseSize } from '../../../src/operations/cache/parse-limits.ts';

const AGES: readonly [string, number | null][] = [
  ['45m', 2_700_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
  ['0d', 0],
  ['30', null],
  ['-1d', null],
  ['1.5d', null],
  ['1y', null],
  ['', null],
  ['9999999d', null],
];

for (const [text, want] of AGES) {
  test(`parseAge: '${text}' is ${want === null ? 'invalid' : `${want} ms`}`, () => {
    if (want === null) assert.throws(() => parseAge(text), { code: 'USAGE', hint: /30d/ });
    else assert.equal(parseAge(text), want);
  });
}

const SIZES: readonly [string, number | null][] = [
  ['0', 0],
  ['1000', 1000],
  ['500MB', 500_000_000],
  ['500 mb', 500_000_000],
  ['2G', 2_000_000_000],
  ['1.5GiB', 1_610_612_736],
  ['1k', 1000],
  ['1KiB', 1024],
  ['10b', 10],
  ['1i', null],
  ['-5', null],
  ['MB', null],
  ['1e3', null],
  ['five', null],
];

for (const [text, want] of SIZES) {
  test(`parseSize: '${text}' is ${want === null ? 'invalid' : `${want} bytes`}`, () => {
    if (want === null) assert.throws(() => parseSize(text), { code: 'USAGE', hint: /500MB/ });
    else assert.equal(parseSize(text), want);
  });
}
