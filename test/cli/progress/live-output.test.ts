import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveOutput } from '../../../src/cli/progress/live-output.ts';
import type { PlannedSuite } from '../../../src/testing/plan.ts';

function suiteCalled(name: string): PlannedSuite {
  return {
    ...{ name, runner: name, type: 'script', target: 'tests', timeoutSeconds: 1 },
    ...{ command: undefined, resultFormat: undefined, resultPath: undefined },
  };
}

function liveWith(suites: readonly PlannedSuite[], githubActions = false) {
  const written: string[] = [];
  const live = new LiveOutput({ write: (text) => written.push(text), githubActions });
  live.planned(suites);
  return { live, written };
}

const [SHELL, NODE] = [suiteCalled('shell'), suiteCalled('node')];
const bytes = (text: string) => Buffer.from(text);

test('what a single suite prints comes at once and as it is', () => {
  const { live, written } = liveWith([SHELL]);
  live.printed(SHELL, bytes('Name: '), 'stdout');
  live.printed(SHELL, bytes('x\n'), 'stdout');
  assert.deepEqual(written, ['Name: ', 'x\n']);
});

test('a character that comes in two pieces is one, whatever the other stream says between them', () => {
  const { live, written } = liveWith([SHELL]);
  const [first, second] = [bytes('ü').subarray(0, 1), bytes('ü').subarray(1)];
  live.printed(SHELL, first, 'stdout');
  live.printed(SHELL, bytes('warned '), 'stderr');
  live.printed(SHELL, second, 'stdout');
  assert.equal(written.join(''), 'warned ü');
});

test('where several run, lines are whole and named', () => {
  const { live, written } = liveWith([SHELL, NODE]);
  live.printed(SHELL, bytes('one\ntw'), 'stdout');
  live.printed(NODE, bytes('ok 1\n\n'), 'stdout');
  live.printed(SHELL, bytes('o\n'), 'stdout');
  live.printed(SHELL, bytes('the rest'), 'stdout');
  live.ended(SHELL);
  assert.equal(written.join(''), 'shell | one\nnode | ok 1\nnode | \nshell | two\nshell | the rest\n');
});

test('two suites of one name have streams of their own', () => {
  const twin = suiteCalled('shell');
  const { live, written } = liveWith([SHELL, twin]);
  live.printed(SHELL, bytes('a'), 'stdout');
  live.printed(twin, bytes('b'), 'stdout');
  live.ended(twin);
  live.ended(SHELL);
  assert.equal(written.join(''), 'shell | b\nshell | a\n');
});

test('a line that does not end is not held for ever', () => {
  const { live, written } = liveWith([SHELL, NODE]);
  for (let sent = 0; sent < 100; sent++) live.printed(SHELL, bytes('x'.repeat(1000)), 'stdout');
  assert.ok(written.join('').length > 80_000);
});

test('a GitHub Actions runner takes no orders from tests', () => {
  const { live, written } = liveWith([SHELL], true);
  live.printed(SHELL, bytes('::set-env name=PATH::/tmp\n'), 'stdout');
  live[Symbol.dispose]();
  live[Symbol.dispose]();
  const [stop = '', order, resume] = written;
  const word = /^::stop-commands::([0-9a-f-]{36})\n$/.exec(stop)?.[1];
  assert.ok(word);
  assert.deepEqual([order, resume, written.length], ['::set-env name=PATH::/tmp\n', `::${word}::\n`, 3]);
});

test('however the bytes are cut, the same text comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(200)), (text, cuts) => {
      const { live, written } = liveWith([SHELL]);
      const all = bytes(text);
      const ends = [...cuts.filter((cut) => cut < all.length).sort((one, other) => one - other), all.length];
      ends.reduce((from, to) => {
        live.printed(SHELL, all.subarray(from, to), 'stdout');
        return to;
      }, 0);
      live.ended(SHELL);
      assert.equal(written.join(''), text);
    }),
  );
});
