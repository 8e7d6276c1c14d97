import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { LiveReporter } from '../../../src/cli/progress/live-reporter.ts';
import type { Activity } from '../../../src/platform/reporter.ts';

const MIB = 1024 * 1024;

/** Creates a reporter on a fake terminal, canvas and clock, with a log of what is printed, shown and hidden. */
function createReporter(options = { verbose: false }) {
  const log: string[] = [];
  let now = 0;
  let clockReads = 0;
  let draw = () => '';
  const output = {
    terminal: { writeError: (text: string) => void log.push(text), size: () => ({ columns: 60, rows: 24 }) },
    style: new Chalk({ level: 0 }),
    clock: {
      elapsed: () => {
        clockReads += 1;
        return now;
      },
    },
  };
  const reporter = new LiveReporter(
    output,
    (drawFrame) => {
      draw = drawFrame;
      return { show: () => void log.push('<show>'), hide: () => void log.push('<hide>') };
    },
    options,
  );
  return {
    reporter,
    log,
    clockReads: () => clockReads,
    frameAt: (seconds: number) => {
      now = seconds * 1000;
      return draw();
    },
  };
}

test('live reporter: frames of two downloads from start to end', () => {
  const { reporter, frameAt } = createReporter();
  const one = () => reporter.activity('Downloading one.zip');
  const two = () => reporter.activity('Downloading two.zip');
  const running: Record<string, Activity> = {};
  const frames: readonly { claim: string; second: number; first?: () => unknown; want: string[] }[] = [
    { claim: 'empty at first', second: 0, want: [''] },
    { claim: 'a step', second: 0, first: () => reporter.step('Reading the registry'), want: ['Reading the registry'] },
    {
      claim: 'an activity replaces the step',
      second: 0,
      first: () => (running['one'] = one()),
      want: ['Downloading one.zip'],
    },
    {
      claim: 'two activities with their first bytes',
      second: 0,
      first: () => {
        running['two'] = two();
        running['one']?.progress(0, 10 * MIB, 'bytes');
        running['two']?.progress(0, undefined, 'bytes');
      },
      want: [
        'Downloading one.zip  ────────    0%     0.0/10 MiB',
        '  Downloading two.zip                            0 B',
      ],
    },
    {
      claim: 'rates are shown',
      second: 2,
      first: () => {
        running['one']?.progress(4 * MIB, 10 * MIB, 'bytes');
        running['two']?.progress(2 * MIB, undefined, 'bytes');
      },
      want: ['Downloading one.zip  ━━━─────      40%  0:03 left', '  Downloading two.zip            2.0 MiB'],
    },
    {
      claim: 'a step of a third pack is above the activities',
      second: 2,
      first: () => reporter.step('Unpacking zero.zip'),
      want: [
        'Unpacking zero.zip',
        '  Downloading one.zip  ━━━─────      40%  0:03 left',
        '  Downloading two.zip            2.0 MiB',
      ],
    },
    {
      claim: 'the first activity ended',
      second: 3,
      first: () => running['one']?.[Symbol.dispose](),
      want: ['Unpacking zero.zip', '  Downloading two.zip        2.0 MiB   565 KiB/s'],
    },
    {
      claim: 'the second activity ended',
      second: 3,
      first: () => running['two']?.[Symbol.dispose](),
      want: ['Unpacking zero.zip'],
    },
  ];
  for (const { claim, second, first, want } of frames) {
    first?.();
    assert.deepEqual(frameAt(second).split('\n'), want, claim);
  }
});

test('live reporter: the last activity is shown until the next step', () => {
  const { reporter, frameAt } = createReporter();
  reporter.activity('Fetching x')[Symbol.dispose]();
  assert.equal(frameAt(0), 'Fetching x');
  reporter.step('Checking dependencies');
  assert.equal(frameAt(0), 'Checking dependencies');
});

test('live reporter: names are one line with control characters escaped', () => {
  const { reporter, frameAt } = createReporter();
  reporter.step('one\n\u001b[2Jtwo');
  assert.equal(frameAt(0), 'one \\u001b[2Jtwo');
  using _ = reporter.activity('Down\r\n\tloading\u009b1A');
  assert.equal(frameAt(0), 'Down loading\\u009b1A');
});

test('live reporter: permanent lines are printed while the display is hidden', () => {
  const { reporter, log } = createReporter();
  reporter.note('before the display');
  reporter.step('Working');
  reporter.note('a note');
  reporter.warn('a warning');
  reporter.hide();
  reporter.warn('afterwards');
  assert.deepEqual(log, [
    'before the display\n',
    '<show>',
    ...['<hide>', 'a note\n', '<show>'],
    ...['<hide>', 'Warning: a warning\n', '<show>'],
    '<hide>',
    'Warning: afterwards\n',
  ]);
});

test('live reporter: a finished activity is printed only with --verbose', () => {
  for (const verbose of [false, true]) {
    const { reporter, log, frameAt } = createReporter({ verbose });
    reporter.step('Reading the registry');
    const download = reporter.activity('Downloading x');
    download.progress(0, 3 * MIB, 'bytes');
    frameAt(0);
    download.progress(3 * MIB, 3 * MIB, 'bytes');
    frameAt(3);
    download[Symbol.dispose]();
    download[Symbol.dispose]();
    reporter.activity('Fetching y')[Symbol.dispose]();
    const lines = log.filter((text) => !text.startsWith('<'));
    const want = ['Reading the registry\n', 'Downloading x: 100%, 3.0/3.0 MiB, 1.0 MiB/s\n', 'Fetching y\n'];
    assert.deepEqual(lines, verbose ? want : []);
  }
});

test('live reporter: progress reports neither read the clock nor draw', () => {
  const { reporter, log, clockReads } = createReporter();
  using activity = reporter.activity('Downloading x');
  const before = { clockReads: clockReads(), log: log.length };
  for (let done = 0; done < 10_000; done++) activity.progress(done * 65_536, undefined, 'bytes');
  assert.deepEqual({ clockReads: clockReads(), log: log.length }, before);
});
