import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Fault, TracedCall } from '../faults/fault.ts';
import { Machine } from './machine.ts';
import { type Inputs, type Operation, placeFiles } from './operations.ts';
import { filesOf, type State, shownPacks, stateOf } from './state.ts';

/** One moment at which an operation is killed. */
export interface KillPoint {
  readonly fault: Fault;
  /** The call at which it happens, for messages. */
  readonly call: string;
}

/** An operation with what a machine is before and after it. */
export interface Rehearsed {
  readonly operation: Operation;
  readonly words: readonly string[];
  readonly saved: string;
  readonly calls: readonly TracedCall[];
  readonly points: readonly KillPoint[];
  readonly before: Snapshot;
  readonly after: Snapshot;
}

interface Snapshot {
  readonly state: State;
  readonly shown: ReadonlyMap<string, string>;
  readonly files: ReadonlySet<string>;
}

/** What a machine was found to be after a kill; `missed` when the operation ended before it came to that call. */
export type Outcome = 'old' | 'new' | 'missed';

function snapshot(root: string): Snapshot {
  return { state: stateOf(root), shown: shownPacks(root), files: filesOf(root) };
}

/**
 * Brings a machine to where an operation begins, keeps that, and runs the operation once undisturbed: what it changes,
 * call by call, is where it can be killed.
 * @param saved a directory that is not there yet
 */
export async function rehearse(
  operation: Operation,
  inputs: Inputs,
  machine: Machine,
  saved: string,
): Promise<Rehearsed> {
  machine.clear();
  placeFiles(operation.files?.(inputs) ?? {}, machine.root);
  for (const words of operation.before?.(inputs) ?? []) {
    const { status, stderr } = await machine.runWarm(words);
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
  }
  placeFiles(operation.spoil ?? {}, machine.root);
  const before = snapshot(machine.root);
  machine.save(saved);
  const words = operation.words(inputs);
  const { ending, calls } = await machine.trace(words);
  assert.equal(ending.status, 0, ending.stderr);
  const points = calls.flatMap(({ name, path, parts }, index): KillPoint[] => {
    const call = `${name} ${path}`;
    const kill = { fault: `kill:${index + 1}`, call } as const;
    return parts ? [kill, { fault: `torn:${index + 1}`, call: `half of ${call}` }] : [kill];
  });
  const end: KillPoint = { fault: `torn:${calls.length}`, call: 'the end' };
  return { operation, words, saved, calls, points: [...points, end], before, after: snapshot(machine.root) };
}

/**
 * Kills an operation at one point and says what is left. Every promise of SPEC section 6 is asked for: at once each ref
 * shows a whole version, old or new; the next command finds, or makes, the whole machine old or new; and the operation
 * can be repeated, after which there is nothing that would not be there without the kill.
 * @throws AssertionError where one is not kept
 */
export async function killAt({ fault, call }: KillPoint, rehearsed: Rehearsed, machine: Machine): Promise<Outcome> {
  const { operation, words, saved, before, after } = rehearsed;
  machine.restore(saved);
  const { status, signal, stderr } = await machine.run(words, fault);
  const where = `${operation.name}, killed at ${fault} (${call})`;
  if (signal === null) {
    assert.equal(status, 0, `${where}: ${stderr}`);
    return 'missed';
  }
  checkShown(where, shownPacks(machine.root), before.shown, after.shown);

  const next = await machine.runWarm(['pack', 'list', '--json']);
  assert.equal(next.status, 0, `${where}, then pack list: ${next.stdout}${next.stderr}`);
  const outcome = judge(where, stateOf(machine.root), before.state, after.state);

  const repeated = await machine.runWarm(words);
  const expected = outcome === 'new' ? [0, operation.again ?? 0] : [0];
  assert.ok(expected.includes(repeated.status ?? -1), `${where}, then again: ${repeated.status} ${repeated.stderr}`);
  const { standing, files } = stateOf(machine.root);
  assert.deepEqual(
    { standing, files },
    { standing: after.state.standing, files: after.state.files },
    `${where}, then again`,
  );
  const strays = [...filesOf(machine.root)].filter((path) => !before.files.has(path) && !after.files.has(path));
  assert.deepEqual(strays, [], `${where}: files that nobody needs`);
  return outcome;
}

/**
 * The store is one thing; a lock or an index that the same command writes is another, and whole by itself. What the
 * command is about, which is the store wherever that changes, says what came of it.
 */
function judge(where: string, found: State, before: State, after: State): 'old' | 'new' {
  const [store, files] = (['store', 'files'] as const).map((part) => {
    if (found[part] === before[part]) return 'old';
    if (found[part] === after[part]) return 'new';
    return assert.equal(found[part], before[part], `${where}: the ${part} is neither old nor new`);
  });
  return (before.store === after.store ? files : store) as 'old' | 'new';
}

function checkShown(
  where: string,
  shown: Snapshot['shown'],
  before: Snapshot['shown'],
  after: Snapshot['shown'],
): void {
  for (const [ref, files] of shown) {
    assert.ok(files === before.get(ref) || files === after.get(ref), `${where}: '${ref}' shows neither old nor new`);
  }
  for (const ref of before.keys()) {
    assert.ok(shown.has(ref) || !after.has(ref), `${where}: '${ref}' is gone for a moment`);
  }
}

/** What came of the kills of one operation: a row of the table in docs/reliability.md. */
export interface Tally {
  readonly operation: string;
  readonly old: number;
  readonly new: number;
  /** Why each point counts as neither. */
  readonly other: readonly Error[];
}

/** Goes through points with all machines, each taking the next one by itself. */
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

/** Two: as many as the smallest machines of a CI have cores. */
export function createMachines(directory: string): Machine[] {
  return ['one', 'two'].map((name) => new Machine(join(directory, name), join(directory, 'compiled')));
}
