import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeContents } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine, swiftDirectory } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';

const compiled = swiftDirectory({ after });

function machineWith(t: Parameters<typeof createMachine>[0], ...refs: readonly string[]): Machine {
  const machine = createMachine(t, compiled);
  for (const ref of refs) writeFiles(join(machine.work, ref), packFiles({ ref, files: { 'lib/one.txt': ref } }));
  return machine;
}

// What the program compiles is kept from here on.
await machineWith({ after }, 'any').run(['pack', 'install', './any']);

async function installed(machine: Machine): Promise<string[]> {
  const { stdout } = await machine.run(['pack', 'list', '--json']);
  return JSON.parse(stdout).packs.map(({ ref }: { ref: string }) => ref);
}

function staged({ root }: Machine): string[] {
  const paths = Object.keys(storeContents({ data: join(root, 'data') } as Parameters<typeof storeContents>[0]));
  return paths.filter((path) => path.startsWith('staging/'));
}

test('of twelve processes that install the same pack one does, and eleven say that it is installed', async (t) => {
  const machine = machineWith(t, 'same');
  const runs = Array.from({ length: 12 }, () => machine.run(['pack', 'install', './same', '--json']));
  const ended = await Promise.all(runs);
  assert.deepEqual(ended.map(({ status }) => status).toSorted(), [0, ...Array(11).fill(5)]);
  const refused = ended.filter(({ status }) => status === 5);
  for (const { stdout } of refused) assert.equal(JSON.parse(stdout).error.code, 'EXISTS_PACK');
  assert.deepEqual(await installed(machine), ['same']);
  assert.deepEqual(staged(machine), []);
  const { stdout } = await machine.run(['pack', 'history', '--json']);
  assert.equal(JSON.parse(stdout).events.length, 1);
});

test('of twenty packs that twenty processes install, twenty are installed', async (t) => {
  const refs = Array.from({ length: 20 }, (_, index) => `pack-${10 + index}`);
  const machine = machineWith(t, ...refs);
  const ended = await Promise.all(refs.map((ref) => machine.run(['pack', 'install', `./${ref}`])));
  for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
  assert.deepEqual(await installed(machine), refs);
  assert.deepEqual(staged(machine), []);
});

/** Waits until a process has been stopped. */
async function untilStopped(pid: number): Promise<void> {
  for (let waited = 0; stateOf(pid) !== 'T'; waited += 10) {
    assert.ok(waited < 20_000, 'it was not stopped');
    await sleep(10);
  }
}

/** As proc_pid_stat(5) has it, behind the name in brackets. */
function stateOf(pid: number): string | undefined {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

const skip = process.platform !== 'linux' && 'only Linux tells in a file whether a process is stopped';

/** Begins an installation that stands still before a call of this name, holding whatever it holds. */
async function standing(t: TestContext, machine: Machine, call: RegExp) {
  const words = ['pack', 'install', './slow'];
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  const { calls } = await machine.trace(words);
  machine.restore(saved);
  const at = calls.findIndex(({ name, path }) => call.test(`${name} ${path}`)) + 1;
  assert.ok(at > 0, `there is no ${call}`);
  const running = machine.start(words, `stop:${at}`);
  t.after(() => running.child.kill('SIGKILL'));
  const pid = running.child.pid as number;
  await untilStopped(pid);
  return { ...running, pid };
}

const MOMENTS = [
  { claim: 'in the middle of its transaction', call: /^INSERT INTO pack/ },
  { claim: 'between its transaction and its link', call: /^symlink .*slow/ },
];

for (const { claim, call } of MOMENTS) {
  test(`readers do not wait for a writer that stands still ${claim}`, { skip }, async (t) => {
    const machine = machineWith(t, 'first', 'slow');
    await machine.run(['pack', 'install', './first']);
    const { child, ended } = await standing(t, machine, call);
    const refs = await installed(machine);
    assert.ok(refs.includes('first'), 'what was there is not seen');
    assert.equal((await machine.run(['pack', 'show', 'first'])).status, 0);
    child.kill('SIGCONT');
    assert.equal((await ended).status, 0);
    assert.deepEqual(await installed(machine), ['first', 'slow']);
  });
}

test('a second writer says for whom it waits, gives up in time naming holder and command, and else has its turn', {
  skip,
}, async (t) => {
  const machine = machineWith(t, 'first', 'slow');
  await machine.run(['pack', 'install', './first']);
  const { child, ended, pid } = await standing(t, machine, /^INSERT INTO pack/);
  const holder = `process ${pid} on ${hostname()}: attune pack install`;

  const impatient = await machine.run(['pack', 'pin', 'first', '--lock-timeout', '0', '--json']);
  assert.equal(impatient.status, 10);
  const { error } = JSON.parse(impatient.stdout);
  assert.equal(error.code, 'STORE_LOCKED');
  assert.ok(error.message.includes(holder), error.message);
  assert.match(error.hint, /--lock-timeout/);

  const patient = machine.start(['pack', 'pin', 'first']);
  const note = new Promise<string>((resolve) => patient.child.stderr?.once('data', (text: string) => resolve(text)));
  assert.ok((await note).includes(holder), await note);
  child.kill('SIGCONT');
  assert.equal((await ended).status, 0);
  assert.equal((await patient.ended).status, 0);
});
