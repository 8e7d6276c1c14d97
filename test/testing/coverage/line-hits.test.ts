import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf, totalOf } from '../../../src/testing/coverage/line-hits.ts';
import { coberturaXml } from '../../../src/testing/coverage/write-cobertura.ts';
import { lcovText } from '../../../src/testing/coverage/write-lcov.ts';

const hitsOf = (covered: number, total: number) =>
  new Map(Array.from({ length: total }, (_, index) => [index + 1, index < covered ? 1 : 0] as const));

const PERCENTAGES: { claim: string; covered: number; total: number; pct: number }[] = [
  { claim: 'a file without executable lines is covered', covered: 0, total: 0, pct: 100 },
  { claim: 'two decimals', covered: 2, total: 3, pct: 66.67 },
  { claim: 'only a file without uncovered lines has 100', covered: 99_999, total: 100_000, pct: 99.99 },
  { claim: 'only a file without covered lines has 0', covered: 1, total: 100_000, pct: 0.01 },
  { claim: 'all lines', covered: 7, total: 7, pct: 100 },
  { claim: 'no line', covered: 0, total: 7, pct: 0 },
];

for (const { claim, covered, total, pct } of PERCENTAGES) {
  test(`coverage: the percentage of ${covered} of ${total} lines is ${pct} (${claim})`, () => {
    const files = filesOf(new Map([['a', hitsOf(covered, total)]]));
    assert.equal(files[0]?.pct, pct);
    assert.deepEqual(totalOf(files), { total, covered, pct });
  });
}

test('coverage: without any file, the percentage is 0', () => {
  assert.deepEqual(totalOf([]), { total: 0, covered: 0, pct: 0 });
});

test('coverage: uncovered lines are joined over lines that are not executable, but not over executed ones', () => {
  const hits = new Map([
    [1, 1],
    [9, 0],
    [3, 0],
    [5, 0],
    [7, 2],
    [8, 0],
  ]);
  const [file] = filesOf(new Map([['a', hits]]));
  assert.deepEqual(file?.missing, [
    [3, 5],
    [8, 9],
  ]);
});

const HOSTILE = 'actions/a\nSF:"<&\u{1b}\u{202e}.py';
const pack = { ref: 'demo', hits: new Map([[HOSTILE, hitsOf(1, 2)]]), pathOf: (path: string) => `packs/demo/${path}` };

test('lcovText: a line break in a file name does not end the field', () => {
  const lines = lcovText([pack]).split('\n');
  assert.deepEqual(lines.slice(0, 5), [
    'TN:',
    'SF:packs/demo/actions/a\\u000aSF:"<&\\u001b\u{202e}.py',
    'DA:1,1',
    'DA:2,0',
    'LF:2',
  ]);
  assert.deepEqual(lines.slice(5), ['LH:1', 'end_of_record', '']);
});

test('coberturaXml: names are escaped, and times and rates are those of the coverage', () => {
  const xml = coberturaXml([pack], { source: '/work/<a>', version: '1.2.3', time: new Date(5) });
  assert.match(xml, /<source>\/work\/&lt;a&gt;<\/source>/);
  assert.match(xml, /filename="packs\/demo\/actions\/a&#10;SF:&quot;&lt;&amp;\\u001b\u{202e}\.py"/u);
  assert.match(
    xml,
    /<coverage line-rate="0\.5000" .*lines-covered="1" lines-valid="2" .*version="1\.2\.3" timestamp="5">/,
  );
  assert.match(xml, /<package name="demo\.actions" line-rate="0\.5000"/);
});
