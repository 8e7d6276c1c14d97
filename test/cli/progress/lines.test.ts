import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { lineReporter } from '../../../src/cli/progress/line-reporter.ts';

const MIB = 1024 * 1024;

function createOutput() {
  const lines: string[] = [];
  let now = 0;
  const output = {
    terminal: { writeError: (text: string) => void lines.push(text), size: () => ({ columns: 80, rows: 24 }) },
    style: new Chalk({ level: 0 }),
    clock: { elapsed: () => now },
  };
  return { output, lines, at: (seconds: number) => (now = seconds * 1000) };
}

test('lineReporter: steps, activities, notes and warnings are one line each, with control characters escaped', () => {
  const { output, lines } = createOutput();
  const reporter = lineReporter(output, { steps: true });
  reporter.step('Checking \u001b[2J');
  reporter.activity('Downloading \u001b]0;x').progress(1, 2, 'bytes');
  reporter.note('A note');
  reporter.warn('Careful\r');
  assert.deepEqual(lines, [
    'Checking \\u001b[2J\n',
    'Downloading \\u001b]0;x\n',
    'A note\n',
    'Warning: Careful\\u000d\n',
  ]);
});

test('lineReporter: without steps, only notes and warnings are printed', () => {
  const { output, lines, at } = createOutput();
  const reporter = lineReporter(output, { steps: false });
  reporter.step('x');
  reporter.note('y');
  using activity = reporter.activity('z');
  at(60);
  activity.progress(1, 2, 'bytes');
  reporter.warn('w');
  assert.deepEqual(lines, ['y\n', 'Warning: w\n']);
});

test('lineReporter: a long activity prints its progress every ten seconds', () => {
  const { output, lines, at } = createOutput();
  using activity = lineReporter(output, { steps: true }).activity('Downloading x');
  for (let second = 0; second <= 25; second += 0.25) {
    at(second);
    activity.progress(second * MIB, 40 * MIB, 'bytes');
  }
  assert.deepEqual(lines, [
    'Downloading x\n',
    'Downloading x: 25%, 10/40 MiB, 1.0 MiB/s, 0:30 left\n',
    'Downloading x: 50%, 20/40 MiB, 1.0 MiB/s, 0:20 left\n',
  ]);
});

test('lineReporter: a long activity without a total prints the amount', () => {
  const { output, lines, at } = createOutput();
  using activity = lineReporter(output, { steps: true }).activity('Fetching x');
  for (const second of [0, 9, 11]) {
    at(second);
    activity.progress(second * 100, undefined, 'objects');
  }
  assert.deepEqual(lines, ['Fetching x\n', 'Fetching x: 1100 objects\n']);
});
