import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import type { ProgressSnapshot } from '../../../src/cli/progress/activity.ts';
import { type DisplayState, displayLines } from '../../../src/cli/progress/progress-bar.ts';
import { widthOf } from '../../../src/cli/text/display-width.ts';

const plain = new Chalk({ level: 0 });
const MIB = 1024 * 1024;
const KNOWN: ProgressSnapshot = {
  what: 'Downloading https://packs.example/archives/slack-2.1.0.tar.gz',
  done: 4.5 * MIB,
  total: 10 * MIB,
  unit: 'bytes',
  rate: 1.25 * MIB,
};
const OPEN: ProgressSnapshot = {
  what: 'Fetching https://git.example/core.git',
  done: 1536,
  total: undefined,
  unit: 'bytes',
  rate: 512,
};
const COPIED: ProgressSnapshot = { what: 'Copying ./deploy', done: 12, total: 345, unit: 'files', rate: undefined };

interface Row {
  readonly claim: string;
  readonly columns: number;
  readonly rows?: number;
  readonly state: Partial<DisplayState>;
  readonly want: readonly string[];
}

const ROWS: readonly Row[] = [
  { claim: 'an empty state has no lines', columns: 80, state: {}, want: [] },
  {
    claim: 'a step is one line',
    columns: 80,
    state: { step: 'Checking dependencies' },
    want: ['Checking dependencies'],
  },
  {
    claim: 'a long step is shortened in its middle',
    columns: 20,
    state: { step: 'Checking dependencies' },
    want: ['Check…ependencies'],
  },
  {
    claim: 'an activity without progress is shown by its name',
    columns: 80,
    state: { activities: ['Fetching x'] },
    want: ['Fetching x'],
  },
  {
    claim: '120 columns show all figures',
    columns: 120,
    state: { activities: [KNOWN] },
    want: [
      'Downloading https://packs.example/archives/slack-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left',
    ],
  },
  {
    claim: '80 columns shorten the name',
    columns: 80,
    state: { activities: [KNOWN] },
    want: ['Downloa…ck-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left'],
  },
  {
    claim: '60 columns show fewer figures',
    columns: 60,
    state: { activities: [KNOWN] },
    want: ['Downloadi…s/slack-2.1.0.tar.gz  ━━━─────   45%  0:05 left'],
  },
  {
    claim: '40 columns show a bar and a percentage',
    columns: 40,
    state: { activities: [KNOWN] },
    want: ['Downlo…k-2.1.0.tar.gz  ━━━─────   45%'],
  },
  { claim: '20 columns show a percentage', columns: 20, state: { activities: [KNOWN] }, want: ['Dow….tar.gz   45%'] },
  { claim: '8 columns show a shortened name', columns: 8, state: { activities: [KNOWN] }, want: ['D….gz'] },
  {
    claim: 'an activity without a total has an amount and a rate',
    columns: 80,
    state: { activities: [OPEN] },
    want: ['Fetching https://git.example/core.git        1.5 KiB     512 B/s'],
  },
  {
    claim: 'files have no rate',
    columns: 80,
    state: { activities: [COPIED] },
    want: ['Copying ./deploy  ────────    3%   12/345 files'],
  },
  {
    claim: 'several activities are aligned below the step',
    columns: 100,
    state: { step: 'Unpacking a.zip', activities: [KNOWN, OPEN, 'Reading b.zip', COPIED] },
    want: [
      'Unpacking a.zip',
      'Downloading ht…/archives/slack-2.1.0.tar.gz  ━━━─────   45%     4.5/10 MiB   1.3 MiB/s  0:05 left',
      'Fetching https://git.example/core.git                              1.5 KiB     512 B/s',
      'Reading b.zip',
      'Copying ./deploy                             ────────    3%   12/345 files',
    ],
  },
  {
    claim: 'wide characters count as two columns',
    columns: 40,
    state: { activities: [{ ...KNOWN, what: 'Downloading 漢字漢字漢字漢字漢字漢字漢字漢字.zip' }] },
    want: ['Downlo…字漢字漢字.zip  ━━━─────   45%'],
  },
  {
    claim: 'eight activities are shown, with the number of others',
    columns: 40,
    state: { activities: named(11) },
    want: [...named(8), 'and 3 more'],
  },
  {
    claim: 'a low terminal shows fewer activities',
    columns: 40,
    rows: 5,
    state: { step: 'Unpacking', activities: named(11) },
    want: ['Unpacking', 'a1', 'a2', 'and 9 more'],
  },
  {
    claim: 'all activities are shown if they fit',
    columns: 40,
    rows: 5,
    state: { activities: named(4) },
    want: named(4),
  },
  { claim: 'one row shows one activity', columns: 40, rows: 2, state: { activities: named(4) }, want: ['a1'] },
];

function named(amount: number): string[] {
  return Array.from({ length: amount }, (_, index) => `a${index + 1}`);
}

for (const { claim, columns, rows = 24, state, want } of ROWS) {
  test(`displayLines: ${claim}`, () => {
    const lines = displayLines({ step: undefined, activities: [], ...state }, { columns, rows }, plain);
    assert.deepEqual(lines, want);
  });
}

test('displayLines: only the bar is colored, in two styles', () => {
  const lines = displayLines(
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
const anySnapshot = fc.record({
  what: anyName,
  done: fc.nat({ max: 2 ** 40 }),
  total: fc.option(fc.integer({ min: 2 ** 40, max: 2 ** 45 }), { nil: undefined }),
  unit: fc.constantFrom('bytes' as const, 'objects' as const, 'files' as const),
  rate: fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }), { nil: undefined }),
});

test('displayLines: the lines fit into the terminal for any state', () => {
  fc.assert(
    fc.property(
      fc.record({
        step: fc.option(anyName, { nil: undefined }),
        activities: fc.array(fc.oneof(anySnapshot, anyName), { maxLength: 12 }),
      }),
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 2, max: 30 }),
      (state, columns, rows) => {
        const lines = displayLines(state, { columns, rows }, plain);
        assert.ok(lines.length < rows && lines.length <= 10);
        for (const line of lines) assert.ok(widthOf(line) <= Math.max(0, columns - 3), line);
      },
    ),
  );
});
