import { join } from 'node:path';
import { STATES, type StateName } from './initial-states.ts';
import { createInputs } from './inputs.ts';
import { Interleaver, type SharedResults } from './interleaver.ts';
import { type Judgment, judge } from './judge.ts';
import { type ConcurrentOperation, OPERATIONS } from './operations.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

/** The outcome of one schedule. */
export interface Finding extends Judgment {
  readonly schedule: Schedule;
  readonly durationMs: number;
}

/** Creates the schedules of one job when a machine is free, since it may have to trace operations first. */
export type Job = (interleaver: Interleaver) => Promise<readonly Schedule[]>;

/** Limits the schedules to those that a fault is expected in. */
export interface Selection {
  readonly state?: StateName | undefined;
  /** The names of the operation that is stopped, and of the others. */
  readonly first?: RegExp;
  readonly second?: RegExp;
  /** The calls at which an operation is stopped: `rename /path/of/the/target`. */
  readonly at?: RegExp;
}

/** Returns the ordered pairs of operations in each initial state. */
export function pairsOf({ state, first = /^/, second = /^/ }: Selection = {}) {
  const named = (pattern: RegExp) => OPERATIONS.filter(({ name }) => pattern.test(name));
  return (state === undefined ? STATES : [state]).flatMap((state) =>
    named(first).flatMap((one) => named(second).map((other) => ({ state, first: one, second: other }))),
  );
}

type Pair = ReturnType<typeof pairsOf>[number];

/** Stops the first operation of a pair at a number of random calls, and runs the second one to its end each time. */
export function pairJob({ state, first, second }: Pair, points: number, random: Random, at?: RegExp): Job {
  return async (interleaver) => {
    const calls = await callNumbers(interleaver, state, first, at);
    return random.sample(calls, points).map((call) => ({
      state,
      processes: [
        { operation: first, stops: [call] },
        { operation: second, stops: [] },
      ],
      order: [],
    }));
  };
}

/** Runs three or four random operations, each stopped at up to three random calls, and continued in random order. */
export function randomJob(random: Random, { state, first = /^/, second = first, at }: Selection = {}): Job {
  return async (interleaver) => {
    const initial = state ?? random.pick(STATES);
    const named = (pattern: RegExp) => OPERATIONS.filter(({ name }) => pattern.test(name));
    const patterns = [first, ...Array.from({ length: 2 + random.below(2) }, () => second)];
    const processes: { operation: ConcurrentOperation; stops: number[] }[] = [];
    for (const pattern of patterns) {
      const operation = random.pick(named(pattern));
      const calls = await callNumbers(interleaver, initial, operation, at);
      const beyond = at === undefined || calls.length === 0 ? await numbersBeyond(interleaver, initial, operation) : [];
      const stops = random.sample([...calls, ...beyond], 1 + random.below(3));
      processes.push({ operation, stops: stops.sort((one, other) => one - other) });
    }
    return [{ state: initial, processes, order: randomOrder(random) }];
  };
}

/** Returns the order in which a schedule continues suspended processes. */
export function randomOrder(random: Random): number[] {
  return Array.from({ length: 12 }, () => random.below(12));
}

/** Returns the numbers of the calls of an operation that runs alone. */
async function callNumbers(interleaver: Interleaver, state: StateName, operation: ConcurrentOperation, at = /^/) {
  const calls = await interleaver.callsOf(state, operation);
  return calls.flatMap(({ name, path }, index) => (at.test(`${name} ${path}`) ? [index + 1] : []));
}

/** Returns the numbers of calls that an operation may make in addition, because it finds the traces of another one. */
async function numbersBeyond(interleaver: Interleaver, state: StateName, operation: ConcurrentOperation) {
  const { length } = await interleaver.callsOf(state, operation);
  return Array.from({ length: 5 + Math.floor(length / 10) }, (_, index) => length + index + 1);
}

interface Cleaner {
  after(clean: () => void): void;
}

/** Creates machines that share their inputs and results. */
export function createInterleavers(test: Cleaner, directory: string, count: number): Interleaver[] {
  const inputs = createInputs(test, join(directory, 'inputs'));
  const shared: SharedResults = { calls: new Map(), serial: new Map() };
  return Array.from({ length: count }, (_, index) => {
    const interleaver = new Interleaver(
      join(directory, `machine-${index + 1}`),
      join(directory, 'compiled'),
      inputs,
      shared,
    );
    test.after(() => interleaver[Symbol.dispose]());
    return interleaver;
  });
}

/** Runs jobs on all machines concurrently. @param deadline the time at which no further schedule is started */
export async function runJobs(
  jobs: Iterable<Job>,
  interleavers: readonly Interleaver[],
  onFinding: (finding: Finding) => void,
  deadline = Number.POSITIVE_INFINITY,
): Promise<void> {
  const queue = jobs[Symbol.iterator]();
  const next = () => (performance.now() < deadline ? queue.next().value : undefined);
  await Promise.all(
    interleavers.map(async (interleaver) => {
      for (let job = next(); job !== undefined; job = next()) {
        for (const schedule of await job(interleaver)) {
          const started = performance.now();
          const outcome = await interleaver.run(schedule);
          const judgment = await judge(schedule, outcome, interleaver);
          onFinding({ ...judgment, schedule, durationMs: performance.now() - started });
        }
      }
    }),
  );
}
