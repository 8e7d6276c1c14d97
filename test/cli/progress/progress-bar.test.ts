import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import type { Moment } from '../../../src/cli/progress/activity.ts';
import { linesOf, type Scene } from '../../../src/cli/progress/progress-bar.ts';
import { widthOf } from '../../../src/cli/text/display-width.ts';

const plain = new Chalk({ level: 0 });
const MIB = 1024 * 1024;
const KNOWN: Moment = {
  what: 'Downloading https://packs.example/archives/slack-2.1.0.tar.gz',
  done: 4.5 * MIB,
  total: 10 * MIB,
  unit: 'bytes',
  rate: 1.25 * MIB,
};
const OPEN: Moment = {
  what: 'Fetching https://git.example/core.git',
  done: 1536,
  total: undefined,
  unit: 'bytes',
  rate: 512,
};
const COPIED: Moment = { what: 'Copying ./deploy', done: 12, total: 345, unit: 'files', rate: undefined };

interface Row {
  readonly claim: string;
  readonly columns: number;
  readonly rows?: number;
  readonly scene: Partial<Scene>;
  readonly want: readonly string[];
}

const ROWS: readonly Row[] = [
  { claim: 'nothing is no line', columns: 80, scene: {}, want: [] },
  { claim: 'a step is a line', columns: 80, scene: { step: 'Checking dependencies' }, want: ['Checking dependencies'] },
  {
    claim: 'a long step is shortened in its middle',
    columns: 20,
    scene: { step: 'Checking dependencies' },
    want: ['Check…ependencies'],
  },
  {
    claim: 'an activity of which nothing is known is its name',
    columns: 80,
    scene: { activities: ['Fetching x'] },
    want: ['Fetching x'],
  },
  {
    claim: 'at 120 columns there is room for everything',
    columns: 120,
    scene: { activities: [KNOWN] },
    want: [
      'Downloading https://packs.example/archives/slack-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left',
    ],
  },
  {
    claim: 'at 80 columns the name gives way',
    columns: 80,
    scene: { activities: [KNOWN] },
    want: ['Downloa…ck-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left'],
  },
  {
    claim: 'at 60 columns the numbers are fewer',
    columns: 60,
    scene: { activities: [KNOWN] },
    want: ['Downloadi…s/slack-2.1.0.tar.gz  ━━━─────   45%  0:05 left'],
  },
  {
    claim: 'at 40 columns there is a bar',
    columns: 40,
    scene: { activities: [KNOWN] },
    want: ['Downlo…k-2.1.0.tar.gz  ━━━─────   45%'],
  },
  { claim: 'at 20 columns there is a share', columns: 20, scene: { activities: [KNOWN] }, want: ['Dow….tar.gz   45%'] },
  { claim: 'at 8 columns there is what fits', columns: 8, scene: { activities: [KNOWN] }, want: ['D….gz'] },
  {
    claim: 'without a total there are bytes and rate only',
    columns: 80,
    scene: { activities: [OPEN] },
    want: ['Fetching https://git.example/core.git        1.5 KiB     512 B/s'],
  },
  {
    claim: 'files are counted, without a rate',
    columns: 80,
    scene: { activities: [COPIED] },
    want: ['Copying ./deploy  ────────    3%   12/345 files'],
  },
  {
    claim: 'several stand in columns, below the step',
    columns: 100,
    scene: { step: 'Unpacking a.zip', activities: [KNOWN, OPEN, 'Reading b.zip', COPIED] },
    want: [
      'Unpacking a.zip',
      'Downloading ht…/archives/slack-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left',
      'Fetching https://git.example/core.git                              1.5 KiB     512 B/s',
      'Reading b.zip',
      'Copying ./deploy                             ────────    3%   12/345 files',
    ],
  },
  {
    claim: 'wide characters count twice',
    columns: 40,
    scene: { activities: [{ ...KNOWN, what: 'Downloading 漢字漢字漢字漢字漢字漢字漢字漢字.zip' }] },
    want: ['Downlo…字漢字漢字.zip  ━━━─────   45%'],
  },
  {
    claim: 'eight activities are shown, and how many more there are',
    columns: 40,
    scene: { activities: named(11) },
    want: [...named(8), 'and 3 more'],
  },
  {
    claim: 'a low terminal shows fewer',
    columns: 40,
    rows: 5,
    scene: { step: 'Unpacking', activities: named(11) },
    want: ['Unpacking', 'a1', 'a2', 'and 9 more'],
  },
  { claim: 'as many as there is room for', columns: 40, rows: 5, scene: { activities: named(4) }, want: named(4) },
  { claim: 'one row is one line', columns: 40, rows: 2, scene: { activities: named(4) }, want: ['a1'] },
];

function named(amount: number): string[] {
  return Array.from({ length: amount }, (_, index) => `a${index + 1}`);
}

for (const { claim, columns, rows = 24, scene, want } of ROWS) {
  test(claim, () => {
    const lines = linesOf({ step: undefined, activities: [], ...scene }, { columns, rows }, plain);
    assert.deepEqual(lines, want);
  });
}

test('only the bar has colour, and what is done stands out from the rest', () => {
  const lines = linesOf(
    { step: undefined, activities: [COPIED, KNOWN] },
    { columns: 40, rows: 24 },
    new Chalk({ level: 1 }),
  );
  assert.deepEqual(lines, [
    'Copying ./deploy       \u001b[2m────────\u001b[22m    3%',
    'Downlo…k-2.1.0.tar.gz  \u001b[36m━━━\u001b[39m\u001b[2m─────\u001b[22m   45%',
  ]);
});

const anyName = fc.string({
  unit: fc.oneof(fc.constantFrom('漢', 'e\u0301', '🎉', '❤\ufe0f', 'a'), fc.string()),
  maxLength: 60,
});
const anyMoment = fc.record({
  what: anyName,
  done: fc.nat({ max: 2 ** 40 }),
  total: fc.option(fc.integer({ min: 2 ** 40, max: 2 ** 45 }), { nil: undefined }),
  unit: fc.constantFrom('bytes' as const, 'objects' as const, 'files' as const),
  rate: fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }), { nil: undefined }),
});

test('whatever goes on, no line is wider than the terminal and no picture higher', () => {
  fc.assert(
    fc.property(
      fc.record({
        step: fc.option(anyName, { nil: undefined }),
        activities: fc.array(fc.oneof(anyMoment, anyName), { maxLength: 12 }),
      }),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 2, max: 30 }),
      (scene, columns, rows) => {
        const lines = linesOf(scene, { columns, rows }, plain);
        assert.ok(lines.length < rows && lines.length <= 10);
        for (const line of lines) assert.ok(widthOf(line) <= Math.max(0, columns - 3), line);
      },
    ),
  );
});
