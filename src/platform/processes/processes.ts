import { type ChildProcess, spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { reasonOf } from '../../errors.ts';
import { BoundedOutput } from './bounded-output.ts';
import { findProgram } from './find-program.ts';
import { exitOf, type ProcessEnd, ProcessGroup, within } from './process-group.ts';

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
  /**
   * The child gets a variable of this name with a value of its own. On Linux, whatever has it when the child is gone is
   * ended with the group, also what left it (`setsid`).
   */
  readonly markVariable?: string;
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

export interface ProcessResult extends ProcessEnd {
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface ConnectRequest {
  /** A path, or a name that is looked for on the `PATH` of `env`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
  /** What is connected to, for messages. */
  readonly address: string;
  /** Milliseconds for which a reader waits for the next piece of output, the first one included. */
  readonly timeoutMs: number;
  /** How much of standard error is kept. */
  readonly maxErrorBytes: number;
  readonly signal?: AbortSignal;
}

/** How a program that spoke with a server ended. */
export interface ConnectionEnd extends ProcessEnd {
  /** What it said on standard error; of too much the beginning and the end. */
  readonly errors: string;
}

/** A running program that speaks with a server. Disposing of it ends it and everything that it started. */
export interface Connection extends AsyncDisposable {
  /** What cannot be written any more is lost: the end of the program tells why. */
  write(bytes: Uint8Array): void;
  /** Closes its standard input. */
  end(): void;
  /**
   * Standard output, to be read once. Who stops reading early ends the program.
   * @throws NetworkFault TIMEOUT after a silence, and the signal's reason; both have ended the program
   */
  readonly output: AsyncIterable<Uint8Array>;
  /** Never rejects: whatever happens to the program is a result. One that does not end is not ended by this. */
  readonly ended: Promise<ConnectionEnd>;
  /** For who has read all of its output: waits for its end for as long as for output, and then ends it. */
  finish(): Promise<ConnectionEnd>;
}

/**
 * Other programs. `run` is for what works on this machine alone: asking a runtime for its version, a pack's tests. It
 * never rejects: whatever happens to a child is a result. What such a program does by itself is beyond attune, so
 * `--offline` does not hold it back. `connect` is for programs that attune starts *because* they reach a server.
 */
export interface Processes {
  run(request: ProcessRequest): Promise<ProcessResult>;
  /** @throws NetworkFault OFFLINE with `--offline`, before anything is started */
  connect(request: ConnectRequest): Promise<Connection>;
  /** Nothing may be fetched: what `run` starts has to be told so where it would. */
  readonly offline: boolean;
  /** A person is at the terminal, and a program that connects may ask them there, for a passphrase or about a host. */
  readonly canAsk: boolean;
  /** The absolute path of a program on a `PATH`, or `undefined`. */
  find(program: string, path: string | undefined): string | undefined;
}

/** How long what a child left behind may go on writing, such as the `tee` of `exec > >(tee log)`. */
const FAREWELL_MS = 250;
/** How long the pipes may take to run dry after everybody was killed; only who left the group can hold them longer. */
const DRAIN_MS = 1000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface ProcessSettings {
  readonly offline: boolean;
}

export function systemProcesses({ offline }: ProcessSettings): Processes {
  const canAsk = () => isatty(0) && isatty(2);
  return {
    run: runProcess,
    find: findProgram,
    offline,
    get canAsk() {
      return canAsk();
    },
    async connect(request) {
      // Most command lines connect to nothing, and need not load what does.
      if (offline) throw (await import('../http/http.ts')).offlineForbids(request.address);
      const { openConnection } = await import('./connection.ts');
      return openConnection(request, canAsk());
    },
  };
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

type Ended = ProcessEnd & Pick<ProcessResult, 'timedOut'>;
type Listener = (chunk: Buffer, stream: 'stdout' | 'stderr') => void;

async function start(request: ProcessRequest, listen: Listener): Promise<Ended> {
  const mark = markOf(request);
  let child: ChildProcess;
  try {
    child = spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env, ...mark },
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
    return await watch(child, new ProcessGroup(child, groupMark(mark)), request);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

let marksMade = 0;

function markOf({ markVariable }: ProcessRequest): Readonly<Record<string, string>> {
  marksMade += 1;
  return markVariable === undefined ? {} : { [markVariable]: `${process.pid}-${Date.now()}-${marksMade}` };
}

function groupMark(variables: Readonly<Record<string, string>>): { mark?: string } {
  const [entry] = Object.entries(variables);
  return entry === undefined ? {} : { mark: entry.join('=') };
}

/** Waits for a child's end, and sees to it that nothing of its group outlives it. */
async function watch(child: ChildProcess, group: ProcessGroup, request: ProcessRequest): Promise<Ended> {
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
