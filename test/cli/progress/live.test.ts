import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { LiveReporter } from '../../../src/cli/progress/live-reporter.ts';
import type { Activity } from '../../../src/platform/reporter.ts';

const MIB = 1024 * 1024;

/** A terminal, a canvas and a clock of paper: what is written, shown and hidden, in order. */
function desk(options = { verbose: false }) {
  const log: string[] = [];
  let now = 0;
  let looks = 0;
  let draw = () => '';
  const pen = {
    terminal: { writeError: (text: string) => void log.push(text), size: () => ({ columns: 60, rows: 24 }) },
    style: new Chalk({ level: 0 }),
    clock: {
      elapsed: () => {
        looks += 1;
        return now;
      },
    },
  };
  const reporter = new LiveReporter(
    pen,
    (picture) => {
      draw = picture;
      return { show: () => void log.push('<show>'), hide: () => void log.push('<hide>') };
    },
    options,
  );
  return {
    reporter,
    log,
    looks: () => looks,
    pictureAt: (seconds: number) => {
      now = seconds * 1000;
      return draw();
    },
  };
}

test('pictures of two downloads, from the first to the last', () => {
  const { reporter, pictureAt } = desk();
  const one = () => reporter.activity('Downloading one.zip');
  const two = () => reporter.activity('Downloading two.zip');
  const living: Record<string, Activity> = {};
  const pictures: readonly { claim: string; second: number; first?: () => unknown; want: string[] }[] = [
    { claim: 'nothing yet', second: 0, want: [''] },
    { claim: 'a step', second: 0, first: () => reporter.step('Reading the registry'), want: ['Reading the registry'] },
    {
      claim: 'an activity follows the step',
      second: 0,
      first: () => (living['one'] = one()),
      want: ['Downloading one.zip'],
    },
    {
      claim: 'two, and their first bytes',
      second: 0,
      first: () => {
        living['two'] = two();
        living['one']?.progress(0, 10 * MIB, 'bytes');
        living['two']?.progress(0, undefined, 'bytes');
      },
      want: [
        'Downloading one.zip  ────────    0%     0.0/10 MiB',
        '  Downloading two.zip                            0 B',
      ],
    },
    {
      claim: 'rates are known',
      second: 2,
      first: () => {
        living['one']?.progress(4 * MIB, 10 * MIB, 'bytes');
        living['two']?.progress(2 * MIB, undefined, 'bytes');
      },
      want: ['Downloading one.zip  ━━━─────      40%  0:03 left', '  Downloading two.zip            2.0 MiB'],
    },
    {
      claim: 'a step of a third pack',
      second: 2,
      first: () => reporter.step('Unpacking zero.zip'),
      want: [
        'Unpacking zero.zip',
        '  Downloading one.zip  ━━━─────      40%  0:03 left',
        '  Downloading two.zip            2.0 MiB',
      ],
    },
    {
      claim: 'the first one is done',
      second: 3,
      first: () => living['one']?.[Symbol.dispose](),
      want: ['Unpacking zero.zip', '  Downloading two.zip        2.0 MiB   565 KiB/s'],
    },
    {
      claim: 'so is the second',
      second: 3,
      first: () => living['two']?.[Symbol.dispose](),
      want: ['Unpacking zero.zip'],
    },
  ];
  for (const { claim, second, first, want } of pictures) {
    first?.();
    assert.deepEqual(pictureAt(second).split('\n'), want, claim);
  }
});

test('what ended last is shown until something else begins', () => {
  const { reporter, pictureAt } = desk();
  reporter.activity('Fetching x')[Symbol.dispose]();
  assert.equal(pictureAt(0), 'Fetching x');
  reporter.step('Checking dependencies');
  assert.equal(pictureAt(0), 'Checking dependencies');
});

test('names are one line, and nothing in them moves the cursor', () => {
  const { reporter, pictureAt } = desk();
  reporter.step('one\n\u001b[2Jtwo');
  assert.equal(pictureAt(0), 'one \\u001b[2Jtwo');
  using _ = reporter.activity('Down\r\n\tloading\u009b1A');
  assert.equal(pictureAt(0), 'Down loading\\u009b1A');
});

test('lines that stay are written while nothing is shown', () => {
  const { reporter, log } = desk();
  reporter.note('before anything is shown');
  reporter.step('Working');
  reporter.note('a note');
  reporter.warn('a warning');
  reporter.hide();
  reporter.warn('afterwards');
  assert.deepEqual(log, [
    'before anything is shown\n',
    '<show>',
    ...['<hide>', 'a note\n', '<show>'],
    ...['<hide>', 'Warning: a warning\n', '<show>'],
    '<hide>',
    'Warning: afterwards\n',
  ]);
});

test('a finished activity leaves nothing, and a line with --verbose', () => {
  for (const verbose of [false, true]) {
    const { reporter, log, pictureAt } = desk({ verbose });
    reporter.step('Reading the registry');
    const download = reporter.activity('Downloading x');
    download.progress(0, 3 * MIB, 'bytes');
    pictureAt(0);
    download.progress(3 * MIB, 3 * MIB, 'bytes');
    pictureAt(3);
    download[Symbol.dispose]();
    download[Symbol.dispose]();
    reporter.activity('Fetching y')[Symbol.dispose]();
    const lines = log.filter((text) => !text.startsWith('<'));
    const want = ['Reading the registry\n', 'Downloading x: 100%, 3.0/3.0 MiB, 1.0 MiB/s\n', 'Fetching y\n'];
    assert.deepEqual(lines, verbose ? want : []);
  }
});

test('progress looks at no clock and draws nothing, however often it is told', () => {
  const { reporter, log, looks } = desk();
  using activity = reporter.activity('Downloading x');
  const before = { looks: looks(), log: log.length };
  for (let done = 0; done < 10_000; done++) activity.progress(done * 65_536, undefined, 'bytes');
  assert.deepEqual({ looks: looks(), log: log.length }, before);
});
