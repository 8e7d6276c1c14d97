import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { lineReporter } from '../../../src/cli/progress/line-reporter.ts';

const MIB = 1024 * 1024;

function desk() {
  const lines: string[] = [];
  let now = 0;
  const pen = {
    terminal: { writeError: (text: string) => void lines.push(text), size: () => ({ columns: 80, rows: 24 }) },
    style: new Chalk({ level: 0 }),
    clock: { elapsed: () => now },
  };
  return { pen, lines, at: (seconds: number) => (now = seconds * 1000) };
}

test('steps, activities, notes and warnings are a line each, with nothing in them that a terminal would obey', () => {
  const { pen, lines } = desk();
  const reporter = lineReporter(pen, { steps: true });
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

test('where steps are not wanted, warnings are all there is', () => {
  const { pen, lines, at } = desk();
  const reporter = lineReporter(pen, { steps: false });
  reporter.step('x');
  reporter.note('y');
  using activity = reporter.activity('z');
  at(60);
  activity.progress(1, 2, 'bytes');
  reporter.warn('w');
  assert.deepEqual(lines, ['Warning: w\n']);
});

test('what takes long says every ten seconds how far it is', () => {
  const { pen, lines, at } = desk();
  using activity = lineReporter(pen, { steps: true }).activity('Downloading x');
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

test('objects too, as far as they are known', () => {
  const { pen, lines, at } = desk();
  using activity = lineReporter(pen, { steps: true }).activity('Fetching x');
  for (const second of [0, 9, 11]) {
    at(second);
    activity.progress(second * 100, undefined, 'objects');
  }
  assert.deepEqual(lines, ['Fetching x\n', 'Fetching x: 1100 objects\n']);
});
