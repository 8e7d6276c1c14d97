import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';

function machineWithPack(t: TestContext): { machine: Machine; args: string[]; saved: string } {
  const machine = createMachine(t);
  writeFiles(join(machine.work, 'core'), packFiles({ ref: 'core', test: 'exit 0' }));
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  return { machine, args: ['pack', 'install', './core'], saved };
}

/** If fault injection missed a kind of call, the matrices would pass without testing it. */
const PORTS = [
  { port: 'files', call: /^write .*staging.*pack\.yaml/ },
  { port: 'directories', call: /^mkdir .*releases/ },
  { port: 'file promises', call: /^sync .*pack\.yaml/ },
  { port: 'fsync of directories', call: /^fsync .*packs$/ },
  { port: 'renames', call: /^rename .*releases/ },
  { port: 'links', call: /^symlink .*packs/ },
  { port: 'removals', call: /^rm .*staging/ },
  { port: 'programs', call: /^spawn / },
  { port: 'locks', call: /^exec .*BEGIN|^exec .*writer\.lock/ },
  { port: 'rows', call: /^INSERT INTO pack .*attune\.db/ },
  { port: 'commits', call: /^COMMIT .*attune\.db/ },
];

test('fault injection: all kinds of changing calls are traced', async (t) => {
  const { machine, args } = machineWithPack(t);
  const { exit, calls } = await machine.trace(args);
  assert.equal(exit.status, 0, exit.stderr);
  for (const { port, call } of PORTS) {
    assert.ok(
      calls.some(({ name, path }) => call.test(`${name} ${path}`)),
      port,
    );
  }
});

test('fault injection: a fault occurs exactly at its call', async (t) => {
  const { machine, args, saved } = machineWithPack(t);
  const { calls } = await machine.trace(args);
  const at = calls.findIndex(({ name, path }) => name === 'writeFile' && path.endsWith('writer.json')) + 1;
  const note = join(machine.root, 'data', 'writer.json');

  machine.restore(saved);
  await machine.run(args, `kill:${at + 1}`);
  const { length } = readFileSync(note);

  machine.restore(saved);
  const killed = await machine.run(args, `kill:${at}`);
  assert.equal(killed.signal, 'SIGKILL');
  assert.equal(existsSync(note), false);

  machine.restore(saved);
  const torn = await machine.run(args, `torn:${at}`);
  assert.equal(torn.signal, 'SIGKILL');
  const half = readFileSync(note).length;
  assert.ok(half > length / 3 && half < (length * 2) / 3, `${half} of ${length}`);

  machine.restore(saved);
  const move = calls.findIndex(({ name, path }) => name === 'rename' && path.includes('releases')) + 1;
  const failed = await machine.run([...args, '--json'], `fail:${move}:EIO`);
  assert.equal(JSON.parse(failed.stdout).error.details.system_code, 'EIO');
  assert.equal(failed.status, 10);
});

for (const { claim, packs } of [
  { claim: 'the first commit of a store', packs: [] },
  { claim: 'a later commit', packs: ['first'] },
]) {
  test(`fault injection: ${claim} is torn by a kill, and the next reader rolls it back`, async (t) => {
    const { machine, args, saved } = machineWithPack(t);
    const database = join(machine.root, 'data', 'attune.db');
    for (const ref of packs) {
      writeFiles(join(machine.work, ref), packFiles({ ref }));
      assert.equal((await machine.run(['pack', 'install', `./${ref}`])).status, 0);
    }
    rmSync(saved, { recursive: true });
    machine.save(saved);
    const before = existsSync(database) ? readFileSync(database) : Buffer.alloc(0);
    const { calls } = await machine.trace(args);
    const after = readFileSync(database);

    machine.restore(saved);
    const commit = calls.findIndex(({ name, path }) => name === 'COMMIT' && path === database) + 1;
    const torn = await machine.run(args, `torn:${commit}`);
    assert.equal(torn.signal, 'SIGKILL');
    const half = readFileSync(database);
    assert.ok(!half.equals(before) && !half.equals(after), 'the commit is not torn');
    assert.ok(existsSync(`${database}-journal`), 'there is no journal');

    const { status, stdout } = await machine.run(['pack', 'list', '--json']);
    assert.equal(status, 0, stdout);
    assert.deepEqual(
      JSON.parse(stdout).packs.map(({ ref }: { ref: string }) => ref),
      packs,
    );
    assert.deepEqual(readFileSync(database), before);
    assert.equal(existsSync(`${database}-journal`), false);
  });
}

test('fault injection: a lock file next to an index is used although its mode cannot be changed', async (t) => {
  const { machine, saved } = machineWithPack(t);
  const digest = `sha256:${'5'.repeat(64)}`;
  const source = ['--archive-url', 'https://packs.example/core-1.0.0.tar.gz', '--archive-checksum', digest];
  const registry = ['--create', '--registry-name', 'Test', '--registry-url', 'https://index.example'];
  const args = ['pack', 'index-update', './core', '--index', 'index.json', ...registry, ...source];
  const { calls } = await machine.trace(args);
  const at = calls.findIndex(({ name, path }) => name === 'fchmod' && path.endsWith('.index.json.lock')) + 1;
  assert.ok(at > 0, 'the mode of no lock file is changed');

  machine.restore(saved);
  const { status, stderr } = await machine.run(args, `fail:${at}:EPERM`);
  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(machine.work).sort(), ['core', 'index.json']);
});
