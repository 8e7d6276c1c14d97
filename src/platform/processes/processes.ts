import { type ChildProcess, spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { reasonOf } from '../../errors.ts';
import { BoundedOutput } from './bounded-output.ts';
import { findProgram } from './find-program.ts';
import { exitOf, MAX_TIMER_MS, ProcessGroup, waitAtMost } from './process-group.ts';
import type { ProcessEnd, Processes, ProcessRequest, ProcessResult } from './types.ts';

/** The time that background processes of an ended child may continue to write, such as the `tee` of `exec > >(tee log)`. */
const TRAILING_OUTPUT_MS = 250;
/** The time that the pipes may stay open after the group was killed. Only a process outside of the group keeps them open longer. */
const DRAIN_MS = 1000;

interface ProcessSettings {
  readonly offline: boolean;
}

export function systemProcesses({ offline }: ProcessSettings): Processes {
  const canPrompt = () => isatty(0) && isatty(2);
  return {
    run: runProcess,
    find: findProgram,
    offline,
    get canPrompt() {
      return canPrompt();
    },
    async connect(request) {
      // Loaded on demand, since most commands do not connect to a server.
      if (offline && !request.local) throw (await import('../http/http.ts')).offlineError(request.address);
      const { openConnection } = await import('./connection.ts');
      return openConnection(request, canPrompt());
    },
  };
}

async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const started = performance.now();
  const stdout = new BoundedOutput(request.maxOutputBytes);
  const stderr = new BoundedOutput(request.maxOutputBytes);
  const outcome = await start(request, (chunk, stream) => {
    (stream === 'stdout' ? stdout : stderr).add(chunk);
    request.onOutput?.(chunk, stream);
  });
  return { ...outcome, stdout: stdout.text(), stderr: stderr.text(), durationMs: performance.now() - started };
}

type Outcome = ProcessEnd & Pick<ProcessResult, 'timedOut'>;
type OutputListener = (chunk: Buffer, stream: 'stdout' | 'stderr') => void;

async function start(request: ProcessRequest, onOutput: OutputListener): Promise<Outcome> {
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
    // Some errors (a NUL in an argument, a command line that is too long) are thrown instead of emitted.
    return { exitCode: null, signal: null, timedOut: false, startError: reasonOf(error) };
  }
  child.stdout?.on('data', (chunk: Buffer) => onOutput(chunk, 'stdout'));
  child.stderr?.on('data', (chunk: Buffer) => onOutput(chunk, 'stderr'));
  try {
    return await waitForEnd(child, new ProcessGroup(child, groupMark(mark)), request);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

let marks = 0;

function markOf({ markVariable }: ProcessRequest): Readonly<Record<string, string>> {
  marks += 1;
  return markVariable === undefined ? {} : { [markVariable]: `${process.pid}-${Date.now()}-${marks}` };
}

function groupMark(variables: Readonly<Record<string, string>>): { mark?: string } {
  const [entry] = Object.entries(variables);
  return entry === undefined ? {} : { mark: entry.join('=') };
}

/** Waits for the end of a child, then kills the rest of its process group. */
async function waitForEnd(child: ChildProcess, group: ProcessGroup, request: ProcessRequest): Promise<Outcome> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let timedOut = false;
  const timer = setTimeout(
    () => {
      timedOut = true;
      group.end();
    },
    Math.min(request.timeoutMs, MAX_TIMER_MS),
  );
  const abort = () => group.end();
  request.signal?.addEventListener('abort', abort, { once: true });
  if (request.signal?.aborted) abort();
  const exit = await exitOf(child);
  clearTimeout(timer);
  request.signal?.removeEventListener('abort', abort);
  if (exit.startError === undefined && !group.ending) await waitAtMost(TRAILING_OUTPUT_MS, closed);
  group.kill();
  if (exit.startError === undefined) await waitAtMost(DRAIN_MS, closed);
  return { ...exit, timedOut };
}
