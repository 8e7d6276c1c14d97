import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LiveOutput } from '../../../src/cli/progress/live-output.ts';
import type { PlannedSuite } from '../../../src/testing/plan.ts';

function suiteNamed(name: string): PlannedSuite {
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

const [SHELL, NODE] = [suiteNamed('shell'), suiteNamed('node')];
const bytes = (text: string) => Buffer.from(text);

test('live output: a single suite is printed immediately and unchanged', () => {
  const { live, written } = liveWith([SHELL]);
  live.printed(SHELL, bytes('Name: '), 'stdout');
  live.printed(SHELL, bytes('x\n'), 'stdout');
  assert.deepEqual(written, ['Name: ', 'x\n']);
});

test('live output: a character split over two chunks is kept whole despite output of the other stream', () => {
  const { live, written } = liveWith([SHELL]);
  const [first, second] = [bytes('ü').subarray(0, 1), bytes('ü').subarray(1)];
  live.printed(SHELL, first, 'stdout');
  live.printed(SHELL, bytes('warned '), 'stderr');
  live.printed(SHELL, second, 'stdout');
  assert.equal(written.join(''), 'warned ü');
});

test('live output: several suites are printed in whole lines with their names', () => {
  const { live, written } = liveWith([SHELL, NODE]);
  live.printed(SHELL, bytes('one\ntw'), 'stdout');
  live.printed(NODE, bytes('ok 1\n\n'), 'stdout');
  live.printed(SHELL, bytes('o\n'), 'stdout');
  live.printed(SHELL, bytes('the rest'), 'stdout');
  live.ended(SHELL);
  assert.equal(written.join(''), 'shell | one\nnode | ok 1\nnode | \nshell | two\nshell | the rest\n');
});

test('live output: two suites with the same name have separate streams', () => {
  const twin = suiteNamed('shell');
  const { live, written } = liveWith([SHELL, twin]);
  live.printed(SHELL, bytes('a'), 'stdout');
  live.printed(twin, bytes('b'), 'stdout');
  live.ended(twin);
  live.ended(SHELL);
  assert.equal(written.join(''), 'shell | b\nshell | a\n');
});

test('live output: a long unfinished line is printed in parts', () => {
  const { live, written } = liveWith([SHELL, NODE]);
  for (let sent = 0; sent < 100; sent++) live.printed(SHELL, bytes('x'.repeat(1000)), 'stdout');
  assert.ok(written.join('').length > 80_000);
});

test('live output: workflow commands are disabled on GitHub Actions until disposal', () => {
  const { live, written } = liveWith([SHELL], true);
  live.printed(SHELL, bytes('::set-env name=PATH::/tmp\n'), 'stdout');
  live[Symbol.dispose]();
  live[Symbol.dispose]();
  const [stop = '', command, resume] = written;
  const token = /^::stop-commands::([0-9a-f-]{36})\n$/.exec(stop)?.[1];
  assert.ok(token);
  assert.deepEqual([command, resume, written.length], ['::set-env name=PATH::/tmp\n', `::${token}::\n`, 3]);
});

test('live output: the text does not depend on the boundaries of chunks', () => {
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
