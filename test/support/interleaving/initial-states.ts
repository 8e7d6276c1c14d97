import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Machine } from '../reliability/machine.ts';
import type { Inputs } from './inputs.ts';
import { type ConcurrentOperation, operationNamed } from './operations.ts';

/**
 * The state of a machine in which concurrent operations start. `interrupted` also has a damaged pack, and `inconsistent`
 * a database that can be read, but that a restore moves aside.
 */
export type StateName = 'populated' | 'empty' | 'interrupted' | 'inconsistent';

export const STATES: readonly StateName[] = ['populated', 'empty', 'interrupted', 'inconsistent'];

/** Returns whether killed operations left something to clean up in an initial state. */
export function hasRemains(state: StateName): boolean {
  return state === 'interrupted' || state === 'inconsistent';
}

/** Operations that were killed before the state `interrupted`, each at a call with remains to clean up. */
const KILLS: readonly { readonly operation: ConcurrentOperation; readonly call: RegExp }[] = [
  { operation: operationNamed('pack index-update ./tested'), call: /^rename .*index\.json$/ },
  { operation: operationNamed('registry add third'), call: /^rename .*settings\.yaml$/ },
  { operation: operationNamed('pack test ./python-changed --env'), call: /^rename .*envs/ },
  { operation: operationNamed('pack upgrade tool'), call: /^(symlink|rename) .*packs\/tool/ },
];

/** Brings an empty machine to an initial state. */
export async function prepareState(state: StateName, inputs: Inputs, machine: Machine): Promise<void> {
  machine.clear();
  placeConfiguration(inputs, machine);
  if (state === 'empty') return;
  await populate(inputs, machine);
  if (state === 'populated') return;
  writeFileSync(join(machine.root, 'data', 'packs', 'damaged', 'actions', 'run.yaml'), 'damaged');
  for (const { operation, call } of KILLS) await killAt(call, operation, inputs, machine);
  if (state === 'inconsistent') removeTestRuns(machine);
}

/** Removes rows that other rows refer to. */
function removeTestRuns({ root }: Machine): void {
  const database = new Database(join(root, 'data', 'attune.db'));
  database.pragma('foreign_keys = OFF');
  const { changes } = database.prepare('DELETE FROM test_run').run();
  database.close();
  if (changes === 0) throw new Error('the store has no test runs');
}

function placeConfiguration({ directory, index }: Inputs, { root, work }: Machine): void {
  mkdirSync(join(root, 'config'), { recursive: true });
  const config = `# kept\npack_registry:\n  indices:\n    - { name: main, url: "${index}" }\n`;
  writeFileSync(join(root, 'config', 'settings.yaml'), config);
  writeFileSync(join(work, 'index.json'), readFileSync(join(directory, 'other', 'index.json')));
}

/** Gives each operation something to do, or a reason to refuse. */
async function populate({ directory }: Inputs, machine: Machine): Promise<void> {
  const commands = [
    ['pack', 'install', 'top@1.0.0', 'middle@1.0.0', 'base@1.0.0', 'tool@1.0.0'],
    ['pack', 'upgrade', 'top', 'middle', 'base'],
    ['pack', 'install', 'stem'],
    ['pack', 'uninstall', 'stem', '--yes'],
    ['pack', 'install', join(directory, 'demo'), join(directory, 'damaged')],
    ['pack', 'lock'],
    ['pack', 'install', join(directory, 'extra')],
    ['pack', 'install', join(directory, 'python'), '--env'],
    ['db', 'backup', 'backup.db'],
    ['pack', 'pin', 'demo'],
  ];
  for (const args of commands) {
    const { status, stderr } = await machine.runWarm(args);
    if (status !== 0) throw new Error(`${args.join(' ')}: exit status ${status}: ${stderr}`);
  }
}

/** Kills an operation at the first call that matches. The calls before it are the same without the kill. */
async function killAt(
  call: RegExp,
  { name, args }: ConcurrentOperation,
  inputs: Inputs,
  machine: Machine,
): Promise<void> {
  const saved = `${machine.root}.before-kill`;
  machine.save(saved);
  const { calls } = await machine.trace(args(inputs));
  const index = calls.findIndex(({ name, path }) => call.test(`${name} ${path}`));
  if (index < 0) throw new Error(`${name}: no call matches ${call}`);
  machine.restore(saved);
  rmSync(saved, { recursive: true });
  const { signal, stderr } = await machine.run(args(inputs), `kill:${index + 1}`);
  if (signal !== 'SIGKILL') throw new Error(`${name} was not killed: ${stderr}`);
}
