import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Fault, TracedCall } from '../faults/fault.ts';
import { Machine } from './machine.ts';
import { type Inputs, type Operation, placeFiles } from './operations.ts';
import { filesOf, type State, stateOf, visiblePacks } from './state.ts';

/** A call of an operation at which it is killed. */
export interface KillPoint {
  readonly fault: Fault;
  /** The call, for messages. */
  readonly call: string;
}

/** An operation with the state of a machine before and after it. */
export interface Rehearsed {
  readonly operation: Operation;
  readonly args: readonly string[];
  readonly saved: string;
  readonly calls: readonly TracedCall[];
  readonly points: readonly KillPoint[];
  readonly before: Snapshot;
  readonly after: Snapshot;
}

interface Snapshot {
  readonly state: State;
  readonly visible: ReadonlyMap<string, string>;
  readonly files: ReadonlySet<string>;
}

/** The state of a machine after a kill; `missed` if the operation ended before that call. */
export type Outcome = 'old' | 'new' | 'missed';

function snapshot(root: string): Snapshot {
  return { state: stateOf(root), visible: visiblePacks(root), files: filesOf(root) };
}

/**
 * Prepares a machine for an operation, saves it, and traces one run of the operation without a fault to find the calls at
 * which it can be killed.
 * @param saved a directory that does not exist
 */
export async function rehearse(
  operation: Operation,
  inputs: Inputs,
  machine: Machine,
  saved: string,
): Promise<Rehearsed> {
  machine.clear();
  placeFiles(operation.files?.(inputs) ?? {}, machine.root);
  for (const args of operation.before?.(inputs) ?? []) {
    const { status, stderr } = await machine.runWarm(args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  }
  placeFiles(operation.damage ?? {}, machine.root);
  const before = snapshot(machine.root);
  machine.save(saved);
  const args = operation.args(inputs);
  const { exit, calls } = await machine.trace(args);
  assert.equal(exit.status, 0, exit.stderr);
  const points = calls.flatMap(({ name, path, parts }, index): KillPoint[] => {
    const call = `${name} ${path}`;
    const kill = { fault: `kill:${index + 1}`, call } as const;
    return parts ? [kill, { fault: `torn:${index + 1}`, call: `half of ${call}` }] : [kill];
  });
  const end: KillPoint = { fault: `torn:${calls.length}`, call: 'the end' };
  return { operation, args, saved, calls, points: [...points, end], before, after: snapshot(machine.root) };
}

/**
 * Kills an operation at one point and checks all guarantees of SPEC section 6: immediately, each ref is linked to a complete
 * version, old or new; after the next command the whole machine is in the old or the new state; and the operation can be
 * repeated, after which there are no files that would not exist without the kill.
 * @throws AssertionError if a guarantee is violated
 */
export async function killAt({ fault, call }: KillPoint, rehearsed: Rehearsed, machine: Machine): Promise<Outcome> {
  const { operation, args, saved, before, after } = rehearsed;
  machine.restore(saved);
  const { status, signal, stderr } = await machine.run(args, fault);
  const where = `${operation.name}, killed at ${fault} (${call})`;
  if (signal === null) {
    assert.equal(status, 0, `${where}: ${stderr}`);
    return 'missed';
  }
  checkVisible(where, visiblePacks(machine.root), before.visible, after.visible);

  const next = await machine.runWarm(['pack', 'list', '--json']);
  assert.equal(next.status, 0, `${where}, then pack list: ${next.stdout}${next.stderr}`);
  const outcome = judge(where, stateOf(machine.root), before.state, after.state);

  const repeated = await machine.runWarm(args);
  const expected = outcome === 'new' ? [0, operation.repeatStatus ?? 0] : [0];
  assert.ok(expected.includes(repeated.status ?? -1), `${where}, repeated: ${repeated.status} ${repeated.stderr}`);
  const { essential, files } = stateOf(machine.root);
  assert.deepEqual(
    { essential, files },
    { essential: after.state.essential, files: after.state.files },
    `${where}, repeated`,
  );
  const strays = [...filesOf(machine.root)].filter((path) => !before.files.has(path) && !after.files.has(path));
  assert.deepEqual(strays, [], `${where}: unnecessary files`);
  return outcome;
}

/**
 * Classifies a state. The store and the files of the user, such as a lock or an index, are each atomic. The outcome is that
 * of the store if the operation changes the store, otherwise that of the files.
 */
function judge(where: string, found: State, before: State, after: State): 'old' | 'new' {
  const [store, files] = (['store', 'files'] as const).map((part) => {
    if (found[part] === before[part]) return 'old';
    if (found[part] === after[part]) return 'new';
    return assert.equal(found[part], before[part], `${where}: the ${part} is neither old nor new`);
  });
  return (before.store === after.store ? files : store) as 'old' | 'new';
}

function checkVisible(
  where: string,
  visible: Snapshot['visible'],
  before: Snapshot['visible'],
  after: Snapshot['visible'],
): void {
  for (const [ref, files] of visible) {
    assert.ok(files === before.get(ref) || files === after.get(ref), `${where}: '${ref}' is neither old nor new`);
  }
  for (const ref of before.keys()) {
    assert.ok(visible.has(ref) || !after.has(ref), `${where}: '${ref}' is temporarily missing`);
  }
}

/** The outcomes of the kills of one operation: a row of the table in docs/reliability.md. */
export interface Tally {
  readonly operation: string;
  readonly old: number;
  readonly new: number;
  /** The errors of the points that are neither. */
  readonly other: readonly Error[];
}

/** Checks kill points on all machines concurrently. */
export async function killAll(
  rehearsed: Rehearsed,
  points: readonly KillPoint[],
  machines: readonly Machine[],
): Promise<Tally> {
  const queue = points.values();
  const outcomes: (Outcome | Error)[] = [];
  await Promise.all(
    machines.map(async (machine) => {
      for (const point of queue) {
        outcomes.push(await killAt(point, rehearsed, machine).catch((error: unknown) => error as Error));
      }
    }),
  );
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  return {
    operation: rehearsed.operation.name,
    old: count('old'),
    new: count('new'),
    other: outcomes.filter((outcome) => outcome instanceof Error),
  };
}

/** Creates two machines, as many as the smallest CI runners have cores. */
export function createMachines(directory: string): Machine[] {
  return ['one', 'two'].map((name) => new Machine(join(directory, name), join(directory, 'compiled')));
}
