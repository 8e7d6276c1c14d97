import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';

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

const GRACE_MS = 2000;

export function systemProcesses(): Processes {
  return { run: runProcess, find: findProgram };
}

async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const started = performance.now();
  const stdout = new BoundedOutput(request.maxOutputBytes);
  const stderr = new BoundedOutput(request.maxOutputBytes);
  const child = spawn(request.command, [...request.args], {
    cwd: request.cwd,
    env: { ...request.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.add(chunk);
    request.onOutput?.(chunk, 'stdout');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.add(chunk);
    request.onOutput?.(chunk, 'stderr');
  });
  let timedOut = false;
  const group = new ProcessGroup(child.pid);
  const timer = setTimeout(() => {
    timedOut = true;
    group.end();
  }, request.timeoutMs);
  const abort = () => group.end();
  request.signal?.addEventListener('abort', abort, { once: true });
  if (request.signal?.aborted) abort();
  const ended = await new Promise<{ code: number | null; signal: string | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    // `exit`, not `close`: a grandchild that keeps the pipes open must not keep us waiting for ever.
    child.once('exit', (code, signal) => {
      const drained = setTimeout(() => resolve({ code, signal }), 250);
      child.once('close', () => {
        clearTimeout(drained);
        resolve({ code, signal });
      });
    });
  });
  clearTimeout(timer);
  request.signal?.removeEventListener('abort', abort);
  group.kill();
  child.stdout.destroy();
  child.stderr.destroy();
  return {
    exitCode: ended.code,
    signal: ended.signal,
    timedOut,
    startError: ended.error?.message,
    stdout: stdout.text(),
    stderr: stderr.text(),
    durationMs: performance.now() - started,
  };
}

/** A child and everything that it started, as long as that stayed in its process group. */
class ProcessGroup {
  readonly #pid: number | undefined;
  #killer: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  end(): void {
    this.#send('SIGTERM');
    this.#killer = setTimeout(() => this.#send('SIGKILL'), GRACE_MS);
  }

  kill(): void {
    clearTimeout(this.#killer);
    this.#send('SIGKILL');
  }

  #send(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? this.#pid : -this.#pid, signal);
    } catch {
      // Nobody is left in the group: that is what we wanted.
    }
  }
}

/** Keeps the first and the last half of a limit and forgets what lies between. */
class BoundedOutput {
  readonly #half: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #cut = 0;

  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  add(chunk: Buffer): void {
    const room = this.#half - this.#headBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      this.#head.push(part);
      this.#headBytes += part.length;
    }
    if (chunk.length <= room) return;
    const rest = chunk.subarray(Math.max(0, room));
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    while (this.#tailBytes > this.#half) {
      const first = this.#tail[0] as Buffer;
      const excess = Math.min(first.length, this.#tailBytes - this.#half);
      this.#cut += excess;
      this.#tailBytes -= excess;
      if (excess === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(excess);
    }
  }

  text(): string {
    const head = Buffer.concat(this.#head).toString('utf8');
    const tail = Buffer.concat(this.#tail).toString('utf8');
    return this.#cut === 0 ? head + tail : `${head}\n[... ${this.#cut} bytes left out ...]\n${tail}`;
  }
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
