import { readFileSync } from 'node:fs';
import type { Fault } from '../faults/fault.ts';
import { waitFor } from '../wait-for.ts';
import type { Exit, Machine } from './machine.ts';

interface Cleaner {
  after(clean: () => void): void;
}

/** A command line that is stopped before a call. */
export interface StoppedCommand {
  readonly pid: number;
  readonly ended: Promise<Exit>;
  /** Continues it until it ends, or until its next stop. */
  continue(): Promise<void>;
}

/**
 * Starts a command line and stops it before its first call that matches each pattern, in this order. The calls include
 * those that read files and databases of the machine.
 */
export async function stopAt(
  test: Cleaner,
  machine: Machine,
  args: readonly string[],
  ...patterns: readonly RegExp[]
): Promise<StoppedCommand> {
  const reads: Fault = `reads:${machine.root}`;
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  const { calls } = await machine.trace(args, reads);
  machine.restore(saved);
  const stops: number[] = [];
  for (const pattern of patterns) {
    const from = stops.at(-1) ?? 0;
    const index = calls.findIndex(({ name, path }, index) => index >= from && pattern.test(`${name} ${path}`));
    if (index < 0)
      throw new Error(`no call matches ${pattern}: ${calls.map(({ name, path }) => `${name} ${path}`).join('\n')}`);
    stops.push(index + 1);
  }
  const { child, ended } = machine.start(args, reads, ...stops.map((call) => `stop:${call}` as const));
  test.after(() => child.kill('SIGKILL'));
  const pid = child.pid as number;
  let hasEnded = false;
  ended.finally(() => {
    hasEnded = true;
  });
  const untilStopped = () =>
    waitFor(
      () => hasEnded || stateOf(pid) === 'T',
      () => `process ${pid} was not stopped`,
    );
  await untilStopped();
  return {
    pid,
    ended,
    continue: async () => {
      child.kill('SIGCONT');
      await waitFor(() => hasEnded || stateOf(pid) !== 'T');
      await untilStopped();
    },
  };
}

/** Returns the state from proc_pid_stat(5), which follows the name in parentheses. */
function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
