import { type ChildProcess, spawnSync } from 'node:child_process';
import { killMarkedProcesses } from './kill-marked.ts';
import type { ProcessEnd } from './types.ts';

/** The longest delay of `setTimeout`; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Time between TERM and KILL. */
const GRACE_MS = 2000;

interface GroupOptions {
  /** The child shares the process group of attune, because it may prompt at the terminal; only the child is signaled. */
  readonly sharesGroup?: boolean;
  /** A unique `NAME=value` in the environment of the child. Processes with it are killed with the group. */
  readonly mark?: string;
}

/** A child and its descendants, as far as they stay in its process group or carry its mark. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #sharesGroup: boolean;
  readonly #mark: string | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  ending = false;
  #killed = false;

  constructor(child: ChildProcess, { sharesGroup = false, mark }: GroupOptions = {}) {
    this.#child = child;
    this.#sharesGroup = sharesGroup;
    this.#mark = mark;
    RUNNING.add(this);
    if (RUNNING.size === 1) process.once('exit', killRunning);
  }

  /** Sends TERM, and KILL after a grace period. */
  end(): void {
    if (this.#killed) return;
    this.ending = true;
    this.send('SIGTERM');
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.send('SIGKILL'), GRACE_MS);
  }

  /** Kills the rest of the group after the child has ended. Windows no longer knows the children of an ended process. */
  kill(): void {
    this.#killed = true;
    clearTimeout(this.#killTimer);
    if (process.platform !== 'win32') this.killAll();
    RUNNING.delete(this);
    if (RUNNING.size === 0) process.removeListener('exit', killRunning);
  }

  /** Kills the group and the marked processes that left it. */
  killAll(): void {
    this.send('SIGKILL');
    if (this.#mark !== undefined) killMarkedProcesses(this.#mark);
  }

  send(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    } else if (this.#sharesGroup) {
      // Does nothing once the child has ended, when its process ID may have been reused.
      this.#child.kill(signal);
    } else {
      signalGroup(pid, signal);
    }
  }
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has no processes left.
  }
}

/** Children have their own process groups, so Ctrl-C at the terminal does not reach them; the exit of attune kills them. */
const RUNNING = new Set<ProcessGroup>();

function killRunning(): void {
  for (const group of RUNNING) group.killAll();
}

/** Waits for `exit` instead of `close`, because a grandchild may keep the pipes open indefinitely. */
export function exitOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, startError: error.message }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, startError: undefined }));
  });
}

/** Waits for an event, but not longer than a number of milliseconds. */
export async function waitAtMost(milliseconds: number, event: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([event, timeout]);
  clearTimeout(timer);
}
