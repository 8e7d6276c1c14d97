import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { tryLockForCleanup, waitForLock } from '../../../src/platform/locks/wait-for-lock.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SYSTEM = systemEnvironment();
const environment = { ...SYSTEM, hostName: 'build1', processId: process.pid, arguments: ['pack', 'install', 'secret'] };
const HOLDER = `process ${process.pid} on build1: attune pack install`;

/** A lock, and tools whose clock advances only while the process sleeps. */
function createHarness(t: TestContext, onSleep: (elapsedMs: number) => void = () => {}) {
  const directory = temporaryDirectory(t);
  const notes: string[] = [];
  let elapsedMs = 0;
  const clock = {
    now: () => new Date(elapsedMs),
    elapsed: () => elapsedMs,
    sleep: async (ms: number) => {
      elapsedMs += ms;
      onSleep(elapsedMs);
    },
  };
  const target = { what: 'the store', lockFile: join(directory, 'lock'), noteFile: join(directory, 'lock.json') };
  const tools = { clock, environment, reporter: { ...silentReporter, note: (text: string) => void notes.push(text) } };
  return { directory, target, tools, notes, waitedMs: () => elapsedMs };
}

test('waitForLock: a timeout of 0 fails at once with the process, host and command of the writer', async (t) => {
  const { target, tools, waitedMs } = createHarness(t);
  using _held = await waitForLock(target, 0, tools);
  await assert.rejects(waitForLock(target, 0, tools), {
    code: 'STORE_LOCKED',
    message: `Another attune is writing to the store (${HOLDER}) and did not finish within 0 s.`,
  });
  assert.equal(waitedMs(), 0);
});

test('waitForLock: reports the writer once, and continues when it has finished', async (t) => {
  const { target, tools, notes, waitedMs } = createHarness(t, (elapsedMs) => {
    if (elapsedMs >= 3000) held[Symbol.dispose]();
  });
  const held = await waitForLock(target, 0, tools);
  using _lock = await waitForLock(target, 60_000, tools);
  assert.deepEqual(notes, [`Waiting for another attune to finish: ${HOLDER}`]);
  assert.equal(waitedMs(), 3000);
});

test('waitForLock: a timeout of 0 waits without a message for the cleanup of a reader', async (t) => {
  const { target, tools, notes } = createHarness(t, () => held[Symbol.dispose]());
  writeFileSync(target.lockFile, '');
  const held = tryLockForCleanup(target, tools)!;
  using _lock = await waitForLock(target, 0, tools);
  assert.deepEqual(notes, []);
});

test('waitForLock: a timeout of 0 fails if the cleanup of a reader takes longer than a second', async (t) => {
  const { target, tools, waitedMs } = createHarness(t);
  writeFileSync(target.lockFile, '');
  using _held = tryLockForCleanup(target, tools)!;
  await assert.rejects(waitForLock(target, 0, tools), { code: 'STORE_LOCKED', message: new RegExp(HOLDER) });
  assert.equal(waitedMs(), 1000);
});

test('waitForLock: a note of an ended process or with other content does not name the holder', async (t) => {
  const { target, tools } = createHarness(t);
  using _held = await waitForLock(target, 0, tools);
  const holder = { pid: 99_999_999, host: 'build1', command: 'pack install', purpose: 'write' };
  for (const note of [JSON.stringify(holder), '{}', 'null', '{"pid":', '']) {
    writeFileSync(target.noteFile, note);
    await assert.rejects(waitForLock(target, 0, tools), /\(a process that has not identified itself\)/, note);
  }
  writeFileSync(target.noteFile, JSON.stringify({ ...holder, host: 'build2' }));
  await assert.rejects(waitForLock(target, 0, tools), /\(process 99999999 on build2: attune pack install\)/);
});

test('waitForLock: a transient lock leaves no file, a permanent one leaves only its lock file', async (t) => {
  const { directory, target, tools } = createHarness(t);
  (await waitForLock({ ...target, transient: true }, 0, tools))[Symbol.dispose]();
  assert.deepEqual(readdirSync(directory), []);
  (await waitForLock(target, 0, tools))[Symbol.dispose]();
  assert.deepEqual(readdirSync(directory), ['lock']);
});

test('tryLockForCleanup: a missing lock file is not created, and a held lock is not waited for', async (t) => {
  const { target, tools } = createHarness(t);
  assert.equal(tryLockForCleanup(target, tools), undefined);
  assert.equal(existsSync(target.lockFile), false);
  using _held = await waitForLock(target, 0, tools);
  assert.equal(tryLockForCleanup(target, tools), undefined);
});
