import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TestRequest } from '../../../src/operations/test/request.ts';
import { watchTests } from '../../../src/operations/test/watch-tests.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { directHarness } from '../../support/direct-runtime.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A clock whose sleep runs the next step instead of waiting. The last step ends the watching. */
function steppingClock(steps: readonly (() => void)[]): Clock {
  const remaining = steps.values();
  return {
    now: () => new Date(0),
    elapsed: () => 0,
    async sleep() {
      remaining.next().value?.();
    },
  };
}

/** Watches a pack without tests while the steps, one for each pause between scans, change it. @returns the number of runs */
async function countRuns(t: TestContext, steps: readonly ((pack: string) => void)[]): Promise<number> {
  const harness = directHarness(t, temporaryDirectory(t));
  const pack = join(harness.work, 'demo');
  writeFiles(pack, { 'pack.yaml': 'ref: demo\nversion: 1.0.0\n', 'a.txt': 'a' });
  const controller = new AbortController();
  const { signal } = controller;
  const clock = steppingClock([...steps.map((step) => () => step(pack)), () => controller.abort()]);
  const runtime = harness.runtime();
  Object.defineProperty(runtime, 'clock', { value: clock });
  const request: TestRequest = {
    ...{ pack, runtime: undefined, timeoutSeconds: undefined, bail: false, jobs: 1 },
    ...{ junitFile: join(pack, 'report.xml'), observer: undefined },
  };
  let runs = 0;
  const onOutcome = async () => {
    runs += 1;
  };
  await watchTests(request, runtime, { signal, onOutcome });
  return runs;
}

const noChange = () => {};

test('watch: without a change the tests run once', async (t) => {
  assert.equal(await countRuns(t, [noChange, noChange, noChange]), 1);
});

test('watch: a change starts a run once two consecutive scans are equal', async (t) => {
  const write = (content: string) => (pack: string) => writeFileSync(join(pack, 'a.txt'), content);
  assert.equal(await countRuns(t, [write('ab'), write('abc'), write('abcd')]), 1, 'still changing');
  assert.equal(await countRuns(t, [write('ab'), write('abc'), write('abcd'), noChange, noChange, noChange]), 2);
});

test('watch: added and removed files are changes', async (t) => {
  const add = (pack: string) => writeFileSync(join(pack, 'b.txt'), '');
  const remove = (pack: string) => rmSync(join(pack, 'b.txt'));
  assert.equal(await countRuns(t, [add, noChange, noChange, remove, noChange, noChange, noChange]), 3);
});

test('watch: the JUnit report, .git, node_modules and __pycache__ are ignored', async (t) => {
  const touch = (pack: string) => {
    writeFileSync(join(pack, 'report.xml'), `${Math.random()}`);
    for (const name of ['.git', 'node_modules', '__pycache__']) {
      mkdirSync(join(pack, name), { recursive: true });
      writeFileSync(join(pack, name, 'file'), '');
    }
  };
  assert.equal(await countRuns(t, [touch, noChange, noChange]), 1);
});
