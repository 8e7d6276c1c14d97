import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';

function machineWithPack(t: TestContext): { machine: Machine; words: string[]; saved: string } {
  const machine = createMachine(t);
  writeFiles(join(machine.work, 'core'), packFiles({ ref: 'core', test: 'exit 0' }));
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  return { machine, words: ['pack', 'install', './core'], saved };
}

/** A layer that misses a kind of call would let every matrix pass. */
const PORTS = [
  { port: 'files', call: /^write .*staging.*pack\.yaml/ },
  { port: 'directories', call: /^mkdir .*releases/ },
  { port: 'promises of files', call: /^sync .*pack\.yaml/ },
  { port: 'flushing of directories', call: /^fsync .*packs$/ },
  { port: 'moves', call: /^rename .*releases/ },
  { port: 'links', call: /^symlink .*packs/ },
  { port: 'removals', call: /^rm .*staging/ },
  { port: 'programs', call: /^spawn / },
  { port: 'locks', call: /^exec .*BEGIN|^exec .*writer\.lock/ },
  { port: 'rows', call: /^INSERT INTO pack .*attune\.db/ },
  { port: 'commits', call: /^COMMIT .*attune\.db/ },
];

test('the fault layer sees every port through which the program changes something', async (t) => {
  const { machine, words } = machineWithPack(t);
  const { ending, calls } = await machine.trace(words);
  assert.equal(ending.status, 0, ending.stderr);
  for (const { port, call } of PORTS) {
    assert.ok(
      calls.some(({ name, path }) => call.test(`${name} ${path}`)),
      port,
    );
  }
});

test('a fault comes at its call and not before or after it', async (t) => {
  const { machine, words, saved } = machineWithPack(t);
  const { calls } = await machine.trace(words);
  const at = calls.findIndex(({ name, path }) => name === 'writeFile' && path.endsWith('writer.json')) + 1;
  const note = join(machine.root, 'data', 'writer.json');
  const { length } = readFileSync(note);

  machine.restore(saved);
  const killed = await machine.run(words, `kill:${at}`);
  assert.equal(killed.signal, 'SIGKILL');
  assert.equal(existsSync(note), false);

  machine.restore(saved);
  const torn = await machine.run(words, `torn:${at}`);
  assert.equal(torn.signal, 'SIGKILL');
  const half = readFileSync(note).length;
  assert.ok(half > length / 3 && half < (length * 2) / 3, `${half} of ${length}`);

  machine.restore(saved);
  const move = calls.findIndex(({ name, path }) => name === 'rename' && path.includes('releases')) + 1;
  const failed = await machine.run([...words, '--json'], `fail:${move}:EIO`);
  assert.equal(JSON.parse(failed.stdout).error.details.system_code, 'EIO');
  assert.equal(failed.status, 10);
});
