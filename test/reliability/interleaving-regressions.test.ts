import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createInputs, type Inputs } from '../support/interleaving/inputs.ts';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, Machine, memoryDirectory } from '../support/reliability/machine.ts';
import { stopAt } from '../support/reliability/stop-at.ts';
import { writeFiles } from '../support/store.ts';

const compiled = memoryDirectory({ after });
const skip = process.platform !== 'linux' && 'only Linux has /proc with the state of a process';

function machineWith(t: TestContext, ...refs: readonly string[]): Machine {
  const machine = createMachine(t, compiled);
  for (const ref of refs) writeFiles(join(machine.work, ref), packFiles({ ref }));
  return machine;
}

function stagingOf({ root }: Machine): string[] {
  return readdirSync(join(root, 'data', 'staging'));
}

test('staging: a process whose new lock file a cleanup removed uses another name', { skip }, async (t) => {
  const machine = machineWith(t, 'core');
  const installer = await stopAt(t, machine, ['pack', 'install', './core'], /^exec .*staging/, /^COMMIT .*attune\.db/);
  const [lockFile = ''] = stagingOf(machine);
  assert.equal((await machine.run(['pack', 'list'])).status, 0);
  assert.deepEqual(stagingOf(machine), []);
  await installer.continue();
  assert.ok(!stagingOf(machine).includes(lockFile), `${lockFile} was created again`);
  await installer.continue();
  assert.equal((await installer.ended).status, 0);
  assert.deepEqual(stagingOf(machine), []);
});

/** Creates a machine with stand-ins for the programs that build environments, and two packs with one ref. */
async function machineWithEnvironment(t: TestContext): Promise<{ machine: Machine; inputs: Inputs }> {
  const directory = memoryDirectory(t);
  const inputs = createInputs(t, join(directory, 'inputs'));
  const machine = new Machine(join(directory, 'machine'), compiled, { PATH: inputs.searchPath });
  t.after(() => machine[Symbol.dispose]());
  assert.equal((await machine.run(['pack', 'test', join(inputs.directory, 'python'), '--env'])).status, 0);
  return { machine, inputs };
}

test('environments: a build continues if the directory of the pack is removed before its lock', { skip }, async (t) => {
  const { machine, inputs } = await machineWithEnvironment(t);
  const args = ['pack', 'test', join(inputs.directory, 'python-changed'), '--env'];
  const builder = await stopAt(t, machine, args, /^open .*building\.lock/);
  assert.equal((await machine.run(['cache', 'prune', '--envs', '--all'])).status, 0);
  assert.deepEqual(readdirSync(join(machine.root, 'data')).includes('envs'), false);
  await builder.continue();
  const { status, stderr } = await builder.ended;
  assert.equal(status, 0, stderr);
});

test('environments: a cleanup succeeds if another one removes the same environment first', { skip }, async (t) => {
  const { machine } = await machineWithEnvironment(t);
  const args = ['cache', 'prune', '--envs', '--all'];
  for (const call of [/^readdir .*envs\/python$/, /^lstat .*environment\.json$/, /^open .*\.lock$/]) {
    const saved = `${machine.root}.populated`;
    machine.save(saved);
    const cleanup = await stopAt(t, machine, args, call);
    assert.equal((await machine.run(args)).status, 0);
    await cleanup.continue();
    const { status, stderr } = await cleanup.ended;
    assert.equal(status, 0, `${call}: ${stderr}`);
    machine.restore(saved);
    rmSync(saved, { recursive: true });
  }
});

test('sync: a lock file that another process replaces before the commit is followed as it is then', {
  skip,
}, async (t) => {
  const machine = machineWith(t, 'core', 'extra');
  const lock = ['pack', 'lock'];
  for (const args of [['pack', 'install', './core'], lock, ['pack', 'install', './extra']]) {
    assert.equal((await machine.run(args)).status, 0, args.join(' '));
  }
  // The lock file does not have the pack `extra` yet, so a sync would uninstall it.
  const locking = await stopAt(t, machine, lock, /^rename .*attune\.lock/);
  const sync = machine.start(['pack', 'sync', 'attune.lock', '--yes']);
  await hasPrinted(sync.child.stderr, 'Waiting for another attune');
  await locking.continue();
  assert.equal((await locking.ended).status, 0);
  const { status, stderr } = await sync.ended;
  assert.equal(status, 0, stderr);
  const { stdout } = await machine.run(['pack', 'list', '--json']);
  assert.deepEqual(
    JSON.parse(stdout).packs.map(({ ref }: { ref: string }) => ref),
    ['core', 'extra'],
  );
});

/** Waits until a process has printed a text. */
function hasPrinted(output: EventEmitter | null, text: string): Promise<void> {
  let printed = '';
  return new Promise((resolve) =>
    output?.on('data', (chunk: string) => {
      printed += chunk;
      if (printed.includes(text)) resolve();
    }),
  );
}
