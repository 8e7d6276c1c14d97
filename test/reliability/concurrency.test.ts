import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { storeContents } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine, memoryDirectory } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const compiled = memoryDirectory({ after });
/** Prevents a lock timeout on a busy machine. */
const LONG_WAIT = ['--lock-timeout', '600'];

function machineWith(t: Parameters<typeof createMachine>[0], ...refs: readonly string[]): Machine {
  const machine = createMachine(t, compiled);
  for (const ref of refs) writeFiles(join(machine.work, ref), packFiles({ ref, files: { 'lib/one.txt': ref } }));
  return machine;
}

// Fills the compile cache for the following runs.
await machineWith({ after }, 'any').run(['pack', 'install', './any']);

async function installed(machine: Machine): Promise<string[]> {
  const { stdout } = await machine.run(['pack', 'list', '--json']);
  return JSON.parse(stdout).packs.map(({ ref }: { ref: string }) => ref);
}

function staged({ root }: Machine): string[] {
  const paths = Object.keys(storeContents({ data: join(root, 'data') } as Parameters<typeof storeContents>[0]));
  return paths.filter((path) => path.startsWith('staging/'));
}

test('concurrency: of twelve processes that install one pack, one installs it and eleven exit 5', async (t) => {
  const machine = machineWith(t, 'same');
  const runs = Array.from({ length: 12 }, () => machine.run(['pack', 'install', './same', '--json', ...LONG_WAIT]));
  const ended = await Promise.all(runs);
  assert.deepEqual(ended.map(({ status }) => status).toSorted(), [0, ...Array(11).fill(5)]);
  const refused = ended.filter(({ status }) => status === 5);
  for (const { stdout } of refused) assert.equal(JSON.parse(stdout).error.code, 'EXISTS_PACK');
  assert.deepEqual(await installed(machine), ['same']);
  assert.deepEqual(staged(machine), []);
  const { stdout } = await machine.run(['pack', 'history', '--json']);
  assert.equal(JSON.parse(stdout).events.length, 1);
});

test('concurrency: twenty processes install twenty packs', async (t) => {
  const refs = Array.from({ length: 20 }, (_, index) => `pack-${10 + index}`);
  const machine = machineWith(t, ...refs);
  const ended = await Promise.all(refs.map((ref) => machine.run(['pack', 'install', `./${ref}`, ...LONG_WAIT])));
  for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
  assert.deepEqual(await installed(machine), refs);
  assert.deepEqual(staged(machine), []);
});

/** Waits until a process has been stopped. */
async function untilStopped(pid: number): Promise<void> {
  await waitFor(
    () => stateOf(pid) === 'T',
    () => `process ${pid} was not stopped`,
  );
}

/** Returns the state from proc_pid_stat(5), which follows the name in parentheses. */
function stateOf(pid: number): string | undefined {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

const skip = process.platform !== 'linux' && 'only Linux has /proc with the state of a process';

/** Starts an installation and stops it before a call, with the locks that it holds. */
async function startStopped(t: TestContext, machine: Machine, call: RegExp) {
  const args = ['pack', 'install', './slow'];
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  const { calls } = await machine.trace(args);
  machine.restore(saved);
  const index = calls.findIndex(({ name, path }) => call.test(`${name} ${path}`)) + 1;
  assert.ok(index > 0, `no call matches ${call}`);
  const running = machine.start(args, `stop:${index}`);
  t.after(() => running.child.kill('SIGKILL'));
  const pid = running.child.pid as number;
  await untilStopped(pid);
  return { ...running, pid };
}

const STOPS = [
  { claim: 'in the middle of its transaction', call: /^INSERT INTO pack/ },
  { claim: 'between its transaction and its link', call: /^symlink .*slow/ },
];

for (const { claim, call } of STOPS) {
  test(`concurrency: readers do not wait for a writer that is stopped ${claim}`, { skip }, async (t) => {
    const machine = machineWith(t, 'first', 'slow');
    await machine.run(['pack', 'install', './first']);
    const { child, ended } = await startStopped(t, machine, call);
    const refs = await installed(machine);
    assert.ok(refs.includes('first'), 'the installed pack is not listed');
    assert.equal((await machine.run(['pack', 'show', 'first'])).status, 0);
    child.kill('SIGCONT');
    assert.equal((await ended).status, 0);
    assert.deepEqual(await installed(machine), ['first', 'slow']);
  });
}

test('concurrency: a second writer reports the holder, and fails after its timeout or continues after the first', {
  skip,
}, async (t) => {
  const machine = machineWith(t, 'first', 'slow');
  await machine.run(['pack', 'install', './first']);
  const { child, ended, pid } = await startStopped(t, machine, /^INSERT INTO pack/);
  const holder = `process ${pid} on ${hostname()}: attune pack install`;

  const impatient = await machine.run(['pack', 'pin', 'first', '--lock-timeout', '0', '--json']);
  assert.equal(impatient.status, 10);
  const { error } = JSON.parse(impatient.stdout);
  assert.equal(error.code, 'STORE_LOCKED');
  assert.ok(error.message.includes(holder), error.message);
  assert.match(error.hint, /--lock-timeout/);

  const waiting = machine.start(['pack', 'pin', 'first']);
  const note = new Promise<string>((resolve) => waiting.child.stderr?.once('data', (text: string) => resolve(text)));
  assert.ok((await note).includes(holder), await note);
  child.kill('SIGCONT');
  assert.equal((await ended).status, 0);
  assert.equal((await waiting.ended).status, 0);
});

test('concurrency: the note of a killed writer is ignored, and the next writer leaves none', { skip }, async (t) => {
  const machine = machineWith(t, 'first', 'slow');
  await machine.run(['pack', 'install', './first']);
  const { child, ended } = await startStopped(t, machine, /^INSERT INTO pack/);
  child.kill('SIGKILL');
  await ended;
  const note = join(machine.root, 'data', 'writer.json');
  assert.ok(existsSync(note), 'the killed writer left no note');
  const { status, stderr } = await machine.run(['pack', 'pin', 'first', '--lock-timeout', '0']);
  assert.equal(status, 0, stderr);
  assert.equal(existsSync(note), false);
});
