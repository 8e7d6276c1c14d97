import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults/fault.ts';
import type { Machine } from '../reliability/machine.ts';

const WAITING = /Waiting for/;
/** Longer than SQLite's busy timeout, and than a command takes on a very busy machine. */
const SILENCE_MS = 150_000;
/** Longer than the pause between two attempts to acquire a lock. */
const ATTEMPT_MS = 150;
/** After this time, a process that reported to wait before it was suspended still waits: it reports that only once. */
const STILL_WAITING_MS = 3000;

/** `waiting` means that it reported to wait for another process. */
export type ProcessState = 'running' | 'suspended' | 'waiting' | 'ended';

/** A command line that is suspended (SIGSTOP) before some of its calls. */
export class SuspendableProcess {
  state: ProcessState = 'running';
  /** The exit status, or the signal that ended the process. */
  status: number | string = 'none';
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  #hasReported = false;
  #runningSince = performance.now();

  constructor(machine: Machine, args: readonly string[], faults: readonly Fault[]) {
    const { child, ended } = machine.start(args, ...faults);
    this.#child = child;
    child.stderr?.on('data', (text: string) => {
      if (!WAITING.test(text)) return;
      this.#hasReported = true;
      if (this.state === 'running') this.state = 'waiting';
    });
    ended.then(({ status, signal, stdout, stderr }) => {
      Object.assign(this, { status: status ?? signal ?? 'none', stdout, stderr, state: 'ended' });
    });
  }

  continue(): void {
    this.state = 'running';
    this.#runningSince = performance.now();
    this.#child.kill('SIGCONT');
  }

  /** Reads the state of the process from the system. */
  update(): void {
    if (this.state !== 'running' && this.state !== 'waiting') return;
    if (isStopped(this.#child.pid)) this.state = 'suspended';
    else if (this.#hasReported && performance.now() - this.#runningSince > STILL_WAITING_MS) this.state = 'waiting';
  }
}

/** The state follows the name in parentheses (proc_pid_stat(5)). */
function isStopped(pid: number | undefined): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/**
 * Waits until each process is suspended, waiting, or ended.
 * @returns false if a process remained none of these for long while another one was suspended
 */
export async function settle(processes: readonly SuspendableProcess[]): Promise<boolean> {
  const started = performance.now();
  // A process that waits for a lock acquires it some time after its release.
  if (processes.some(({ state }) => state === 'waiting')) await sleep(ATTEMPT_MS);
  for (;;) {
    for (const process of processes) process.update();
    if (!processes.some(({ state }) => state === 'running')) return true;
    const isBlocked = processes.some(({ state }) => state === 'suspended');
    if (isBlocked && performance.now() - started > SILENCE_MS) return false;
    await sleep(3);
  }
}
