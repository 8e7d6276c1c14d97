import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { configFile } from '../../../src/platform/paths.ts';
import type { Run } from '../../support/attune.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';
import { createMachine, type Machine, memoryDirectory } from '../../support/reliability/machine.ts';
import { waitFor } from '../../support/wait-for.ts';

const PACKS = 300;
const compiled = memoryDirectory({ after });
const SEARCH = ['pack', 'search', 'common', '--limit', String(2 * PACKS), '--json'];

/** Writes an index in which every pack has a label. */
function writeIndex({ work }: Machine, label: string): void {
  const entries = Array.from({ length: PACKS }, (_, number) =>
    entryOf(`pack-${String(number).padStart(4, '0')}`, { label: `common ${label}` }),
  );
  writeFileSync(join(work, 'index.json'), JSON.stringify(indexOf(...entries)));
}

function machineWith(t: { after(clean: () => void): void }, label: string): Machine {
  const machine = createMachine(t, compiled);
  const registry = `pack_registry: { indices: [{ name: local, url: ${join(machine.work, 'index.json')} }] }\n`;
  const [data, cache, config] = ['data', 'cache', 'config'].map((name) => join(machine.root, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(configFile({ data, cache, config }), registry);
  writeIndex(machine, label);
  return machine;
}

/** Returns the number of packs that a search found, and their labels. */
function resultOf({ status, stdout, stderr }: Run): { packs: number; labels: string[] } {
  assert.equal(status, 0, stderr || stdout);
  const { results } = JSON.parse(stdout) as { results: { label: string }[] };
  return { packs: results.length, labels: [...new Set(results.map(({ label }) => label))] };
}

const complete = (label: string) => ({ packs: PACKS, labels: [`common ${label}`] });

function cacheFiles({ root }: Machine): string[] {
  return readdirSync(join(root, 'cache'))
    .filter((name) => name.startsWith('indexes'))
    .toSorted();
}

// Fills the compile cache for the following runs.
before(() => machineWith({ after }, 'any').run(SEARCH));

test('index cache: of six processes that import one index at once, each finds all packs', async (t) => {
  const machine = machineWith(t, 'one');
  const ended = await Promise.all(Array.from({ length: 6 }, () => machine.run(SEARCH)));
  for (const exit of ended) {
    assert.deepEqual(resultOf(exit), complete('one'));
    assert.equal(exit.stderr, '');
  }
  assert.deepEqual(cacheFiles(machine), ['indexes.db']);
});

/** Returns the calls of an import that change something in the cache, as positions for faults. */
async function importCalls(machine: Machine): Promise<{ at: number; name: string; path: string }[]> {
  const { calls } = await machine.trace(SEARCH);
  return calls
    .map(({ name, path }, index) => ({ at: index + 1, name, path }))
    .filter(({ path }) => /cache\/(indexes|locks)/.test(path));
}

const skip = process.platform !== 'linux' && 'only Linux has /proc with the state of a process';

test('index cache: a reader does not wait for an import, and sees the old index until it has finished', {
  skip,
}, async (t) => {
  const machine = machineWith(t, 'one');
  await machine.run(SEARCH);
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  writeIndex(machine, 'two');
  const publish = (await importCalls(machine)).find(
    ({ name, path }) => name === 'rename' && path.endsWith('indexes.db'),
  );
  machine.restore(saved);
  const [index, aside] = [join(machine.work, 'index.json'), join(machine.work, 'aside.json')];
  renameSync(index, aside);
  writeIndex(machine, 'two');
  const { child, ended } = machine.start(SEARCH, `stop:${publish!.at}`);
  t.after(() => child.kill('SIGKILL'));
  await waitFor(() => /\) T/.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')));
  // For a reader, the index is unchanged: the file is the one of the cached copy.
  renameSync(aside, index);
  assert.deepEqual(resultOf(await machine.run(SEARCH)), complete('one'));
  child.kill('SIGCONT');
  assert.deepEqual(resultOf(await ended), complete('two'));
  writeIndex(machine, 'two');
  assert.deepEqual(resultOf(await machine.run(SEARCH)), complete('two'));
  assert.deepEqual(cacheFiles(machine), ['indexes.db']);
});

/** Kinds of calls before which an import is killed. */
const KILL_POINTS = /^(VACUUM INTO|INSERT INTO entry|COMMIT|fsync|rename)/;

for (const first of [true, false]) {
  test(`index cache: a process that is killed while it imports ${first ? 'the first' : 'a changed'} index leaves a usable cache`, async (t) => {
    const machine = machineWith(t, 'one');
    if (!first) await machine.run(SEARCH);
    writeIndex(machine, 'two');
    const saved = `${machine.root}.saved`;
    machine.save(saved);
    const calls = (await importCalls(machine)).filter(({ name }) => KILL_POINTS.test(name));
    // The last call of each kind: the entries are written by hundreds of equal calls.
    const points = new Map(calls.map((call) => [call.name, call]));
    // The copy of no database is not counted.
    assert.equal(points.size, first ? 4 : 5);
    for (const { at, name } of points.values()) {
      machine.restore(saved);
      const killed = await machine.run(SEARCH, `kill:${at}`);
      assert.equal(killed.signal, 'SIGKILL', name);
      const next = await machine.runWarm(SEARCH);
      assert.deepEqual(resultOf(next), complete('two'), name);
      assert.equal(next.stderr, '', name);
      assert.deepEqual(cacheFiles(machine), ['indexes.db'], name);
    }
  });
}
