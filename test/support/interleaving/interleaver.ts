import { join } from 'node:path';
import type { TracedCall } from '../faults/fault.ts';
import { Machine } from '../reliability/machine.ts';
import { type FinalState, finalStateOf } from './final-state.ts';
import { hasRemains, prepareState, type StateName } from './initial-states.ts';
import type { Inputs } from './inputs.ts';
import type { ConcurrentOperation } from './operations.ts';
import type { Schedule } from './schedule.ts';
import { SuspendableProcess, settle } from './suspendable-process.ts';

/** The result of one process. */
export interface ProcessResult {
  /** The exit status, or the signal that ended it. */
  readonly status: number | string;
  /** The standard output, if that is comparable. */
  readonly output: string;
  /** The standard error, and the standard output of a command that failed: `pack repair` reports each pack there. */
  readonly messages: string;
}

export interface Outcome {
  /** In the order of the operations. */
  readonly results: readonly ProcessResult[];
  readonly final: FinalState;
  /** A process waited for another one without a message. */
  readonly blockedSilently: boolean;
}

/** Results that do not depend on the machine. Machines share them. */
export interface SharedResults {
  readonly calls: Map<string, readonly TracedCall[]>;
  readonly serial: Map<string, Outcome>;
}

/** Runs operations on one machine, from a saved initial state, serially or under a schedule. */
export class Interleaver implements Disposable {
  readonly #machine: Machine;
  readonly #withOtherCache: Machine;
  readonly #inputs: Inputs;
  readonly #shared: SharedResults;
  readonly #saved = new Map<StateName, string>();

  /** @param root the directory of the machine, which must not exist */
  constructor(root: string, compileCache: string, inputs: Inputs, shared: SharedResults) {
    const variables = { PATH: inputs.searchPath };
    this.#machine = new Machine(root, compileCache, variables);
    this.#withOtherCache = new Machine(root, compileCache, {
      ...variables,
      ATTUNE_CACHE_DIR: join(root, 'cache', 'other'),
    });
    this.#inputs = inputs;
    this.#shared = shared;
  }

  /** Returns the calls of an operation that runs alone, including those that only read. */
  async callsOf(state: StateName, operation: ConcurrentOperation): Promise<readonly TracedCall[]> {
    const key = `${state}: ${operation.name}`;
    const known = this.#shared.calls.get(key);
    if (known !== undefined) return known;
    await this.#restore(state);
    const { calls } = await this.#machineOf(operation).trace(this.#argsOf(operation), `reads:${this.#machine.root}`);
    this.#shared.calls.set(key, calls);
    return calls;
  }

  /** Runs operations one after the other. */
  async runSerially(state: StateName, operations: readonly ConcurrentOperation[]): Promise<Outcome> {
    const key = [state, ...operations.map(({ name }) => name)].join(' | ');
    const known = this.#shared.serial.get(key);
    if (known !== undefined) return known;
    await this.#restore(state);
    const results: ProcessResult[] = [];
    for (const operation of operations) {
      const { status, stdout, stderr } = await this.#machineOf(operation).runWarm(this.#argsOf(operation));
      results.push(this.#resultOf(operation, status ?? 'none', stdout, stderr));
    }
    const outcome = { results, final: await this.#finalState(state), blockedSilently: false };
    this.#shared.serial.set(key, outcome);
    return outcome;
  }

  /** Runs operations under a schedule. */
  async run({ state, processes: planned, order }: Schedule): Promise<Outcome> {
    await this.#restore(state);
    const processes: SuspendableProcess[] = [];
    let blockedSilently = false;
    for (const { operation, stops } of planned) {
      const faults = stops.map((call) => `stop:${call}` as const);
      processes.push(
        new SuspendableProcess(this.#machineOf(operation), this.#argsOf(operation), [
          ...faults,
          `reads:${this.#machine.root}`,
        ]),
      );
      if (!(await settle(processes))) blockedSilently = true;
    }
    const draws = order.values();
    while (processes.some((process) => process.state !== 'ended')) {
      const suspended = processes.filter((process) => process.state === 'suspended');
      suspended[(draws.next().value ?? 0) % suspended.length]?.continue();
      if (!(await settle(processes))) blockedSilently = true;
    }
    const results = processes.map(({ status, stdout, stderr }, index) =>
      this.#resultOf(planned[index]!.operation, status, stdout, stderr),
    );
    return { results, final: await this.#finalState(state), blockedSilently };
  }

  [Symbol.dispose](): void {
    this.#machine[Symbol.dispose]();
    this.#withOtherCache[Symbol.dispose]();
  }

  #machineOf({ usesOtherCache }: ConcurrentOperation): Machine {
    return usesOtherCache ? this.#withOtherCache : this.#machine;
  }

  #argsOf(operation: ConcurrentOperation): readonly string[] {
    return operation.args(this.#inputs);
  }

  #resultOf({ comparesOutput }: ConcurrentOperation, status: number | string, stdout: string, stderr: string) {
    const output = comparesOutput ? normalize(stdout, this.#machine.root) : '';
    return { status, output, messages: status === 0 ? stderr : stderr + stdout };
  }

  /**
   * Lets one more command clean up after the operations that were killed before this initial state: all others may have
   * found the lock held, for example by `doctor`, which does not change anything.
   */
  async #finalState(state: StateName): Promise<FinalState> {
    if (hasRemains(state)) await this.#machine.runWarm(['pack', 'list']);
    return finalStateOf(this.#machine.root);
  }

  /** Prepares a state when it is first used. */
  async #restore(state: StateName): Promise<void> {
    const known = this.#saved.get(state);
    if (known !== undefined) return this.#machine.restore(known);
    const directory = `${this.#machine.root}-${state}`;
    await prepareState(state, this.#inputs, this.#machine);
    this.#machine.save(directory);
    this.#saved.set(state, directory);
  }
}

function normalize(output: string, root: string): string {
  return output
    .replaceAll(root, '<root>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"id": \d+/g, '"id": <id>');
}
