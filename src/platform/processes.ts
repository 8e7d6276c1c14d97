import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { BoundedOutput } from './bounded-output.ts';

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child; nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
  /** After this many milliseconds the child's whole process group is ended: TERM, then KILL. */
  readonly timeoutMs: number;
  /** How much of each stream is kept; of more, the beginning and the end are, and a note says what was cut. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

export interface ProcessResult {
  /** `null` when a signal ended the child or it never started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Why the child could not be started at all. */
  readonly startError: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** Other programs. `run` never rejects: whatever happens to a child is a result. */
export interface Processes {
  run(request: ProcessRequest): Promise<ProcessResult>;
  /** The absolute path of a program on a `PATH`, or `undefined`. */
  find(program: string, path: string | undefined): string | undefined;
}

/** Between TERM and KILL. */
const GRACE_MS = 2000;
/** How long what a child left behind may go on writing, such as the `tee` of `exec > >(tee log)`. */
const FAREWELL_MS = 250;
/** How long the pipes may take to run dry after everybody was killed; only who left the group can hold them longer. */
const DRAIN_MS = 1000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function systemProcesses(): Processes {
  return { run: runProcess, find: findProgram };
}

async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const started = performance.now();
  const stdout = new BoundedOutput(request.maxOutputBytes);
  const stderr = new BoundedOutput(request.maxOutputBytes);
  const ended = await start(request, (chunk, stream) => {
    (stream === 'stdout' ? stdout : stderr).add(chunk);
    request.onOutput?.(chunk, stream);
  });
  return { ...ended, stdout: stdout.text(), stderr: stderr.text(), durationMs: performance.now() - started };
}

type Ended = Pick<ProcessResult, 'exitCode' | 'signal' | 'timedOut' | 'startError'>;
type Listener = (chunk: Buffer, stream: 'stdout' | 'stderr') => void;

async function start(request: ProcessRequest, listen: Listener): Promise<Ended> {
  let child: ChildProcess;
  try {
    child = spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    // Some faults (a NUL in a word, too long a command line) are thrown and not told by an event.
    return { exitCode: null, signal: null, timedOut: false, startError: reasonOf(error) };
  }
  child.stdout?.on('data', (chunk: Buffer) => listen(chunk, 'stdout'));
  child.stderr?.on('data', (chunk: Buffer) => listen(chunk, 'stderr'));
  try {
    return await watch(child, request);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** Waits for a child's end, and sees to it that nothing of its group outlives it. */
async function watch(child: ChildProcess, request: ProcessRequest): Promise<Ended> {
  const group = new ProcessGroup(child.pid);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let timedOut = false;
  const timer = setTimeout(
    () => {
      timedOut = true;
      group.end();
    },
    Math.min(request.timeoutMs, LONGEST_TIMER_MS),
  );
  const abort = () => group.end();
  request.signal?.addEventListener('abort', abort, { once: true });
  if (request.signal?.aborted) abort();
  const exit = await exitOf(child);
  clearTimeout(timer);
  request.signal?.removeEventListener('abort', abort);
  if (exit.startError === undefined && !group.ending) await within(FAREWELL_MS, closed);
  group.kill();
  if (exit.startError === undefined) await within(DRAIN_MS, closed);
  return { ...exit, timedOut };
}

/** `exit`, not `close`: a grandchild that keeps the pipes open must not keep us waiting for ever. */
function exitOf(child: ChildProcess): Promise<Omit<Ended, 'timedOut'>> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, startError: error.message }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, startError: undefined }));
  });
}

async function within(milliseconds: number, event: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([event, late]);
  clearTimeout(timer);
}

/** A child and everything that it started, as long as that stayed in its process group. */
class ProcessGroup {
  readonly #pid: number | undefined;
  #killer: NodeJS.Timeout | undefined;
  ending = false;

  constructor(pid: number | undefined) {
    this.#pid = pid;
    LIVING.add(this);
    if (LIVING.size === 1) process.once('exit', killTheLiving);
  }

  end(): void {
    this.ending = true;
    this.send('SIGTERM');
    clearTimeout(this.#killer);
    this.#killer = setTimeout(() => this.send('SIGKILL'), GRACE_MS);
  }

  /** What is left once the child itself is gone. Windows cannot tell any more whose children they were. */
  kill(): void {
    clearTimeout(this.#killer);
    if (process.platform !== 'win32') this.send('SIGKILL');
    LIVING.delete(this);
    if (LIVING.size === 0) process.removeListener('exit', killTheLiving);
  }

  send(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#pid === undefined) return;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/PID', String(this.#pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
      return;
    }
    try {
      process.kill(-this.#pid, signal);
    } catch {
      // Nobody is left in the group: that is what we wanted.
    }
  }
}

/** Children are in groups of their own, so Ctrl-C at the terminal does not reach them: attune's own end must. */
const LIVING = new Set<ProcessGroup>();

function killTheLiving(): void {
  for (const group of LIVING) group.send('SIGKILL');
}

function findProgram(program: string, path: string | undefined): string | undefined {
  if (isAbsolute(program)) return isProgram(program) ? program : undefined;
  const endings = process.platform === 'win32' ? windowsEndings(program) : [''];
  for (const directory of (path ?? '').split(delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const candidate = join(directory, program + ending);
      if (isProgram(candidate)) return candidate;
    }
  }
  return undefined;
}

function windowsEndings(program: string): string[] {
  const known = (process.env['PATHEXT'] || '.COM;.EXE;.BAT;.CMD').split(';');
  return extname(program) ? ['', ...known] : known;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
