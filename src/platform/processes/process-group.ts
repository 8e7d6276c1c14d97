import { type ChildProcess, spawnSync } from 'node:child_process';
import { endMarked } from './kill-marked.ts';

/** Between TERM and KILL. */
const GRACE_MS = 2000;

interface GroupOptions {
  /** One that shares attune's terminal has to be in attune's own group, or the terminal would not let it ask anything. */
  readonly alone?: boolean;
  /** `NAME=value` in its environment that nothing else has: what carries it counts as of the group wherever it went. */
  readonly mark?: string;
}

/** A child and everything that it started, as long as that stayed in its process group or can be told by a mark. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #alone: boolean;
  readonly #mark: string | undefined;
  #killer: NodeJS.Timeout | undefined;
  ending = false;
  #over = false;

  constructor(child: ChildProcess, { alone = false, mark }: GroupOptions = {}) {
    this.#child = child;
    this.#alone = alone;
    this.#mark = mark;
    LIVING.add(this);
    if (LIVING.size === 1) process.once('exit', killTheLiving);
  }

  end(): void {
    if (this.#over) return;
    this.ending = true;
    this.send('SIGTERM');
    clearTimeout(this.#killer);
    this.#killer = setTimeout(() => this.send('SIGKILL'), GRACE_MS);
  }

  /** What is left once the child itself is gone. Windows cannot tell any more whose children they were. */
  kill(): void {
    this.#over = true;
    clearTimeout(this.#killer);
    if (process.platform !== 'win32') this.endAll();
    LIVING.delete(this);
    if (LIVING.size === 0) process.removeListener('exit', killTheLiving);
  }

  /** The group, and then whoever left it. */
  endAll(): void {
    this.send('SIGKILL');
    if (this.#mark !== undefined) endMarked(this.#mark);
  }

  send(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    } else if (this.#alone) {
      // Does nothing once the child is gone, so that its number, which may be another's by then, is not used.
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
    // Nobody is left in the group: that is what we wanted.
  }
}

/** Children are in groups of their own, so Ctrl-C at the terminal does not reach them: attune's own end must. */
const LIVING = new Set<ProcessGroup>();

function killTheLiving(): void {
  for (const group of LIVING) group.endAll();
}

export interface ProcessEnd {
  /** `null` when a signal ended the child or it never started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the child could not be started at all. */
  readonly startError: string | undefined;
}

/** `exit`, not `close`: a grandchild that keeps the pipes open must not keep us waiting for ever. */
export function exitOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, startError: error.message }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, startError: undefined }));
  });
}

/** Waits for an event, but not longer than that. */
export async function within(milliseconds: number, event: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([event, late]);
  clearTimeout(timer);
}
