import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A command line that is run as a process. Its output is discarded, except for the end of stderr. */
export interface Task {
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prepares a run. Its duration is not measured. */
  prepare?(): void;
}

export interface Sample {
  /** The time from before the process is spawned until it has exited. */
  readonly seconds: number;
  /** The peak resident set size; `undefined` if the system does not report it. */
  readonly peakBytes: number | undefined;
}

/** A measured command line failed, so its time is meaningless. */
export class TaskFailed extends Error {
  constructor(ending: string, errors: string) {
    super(errors === '' ? ending : `${ending}\n${errors.trimEnd()}`);
  }
}

const GNU_TIME = '/usr/bin/time';
const POLL_MILLISECONDS = 5;
/** The number of characters of stderr that an error message contains. */
const MAX_STDERR = 4000;

/** Returns true if a program of this name is on the PATH and can be started. */
export function isAvailable(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

const hasGnuTime = spawnSync(GNU_TIME, ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU') ?? false;

/** Runs a task once. @throws TaskFailed */
export async function measure(task: Task): Promise<Sample> {
  task.prepare?.();
  if (!hasGnuTime) return run(task, task.command);
  const report = join(tmpdir(), `attune-bench-${process.pid}.peak`);
  try {
    const { seconds } = await run(task, [GNU_TIME, '--quiet', '--format=%M', `--output=${report}`, ...task.command]);
    return { seconds, peakBytes: Number.parseInt(readFileSync(report, 'utf8'), 10) * 1024 };
  } finally {
    rmSync(report, { force: true });
  }
}

function run(task: Task, [program, ...args]: Task['command']): Promise<Sample> {
  return new Promise((resolve, reject) => {
    let errors = '';
    let peakBytes: number | undefined;
    const start = performance.now();
    const child = spawn(program, args, { cwd: task.cwd, env: task.env, stdio: ['ignore', 'ignore', 'pipe'] });
    const poll = setInterval(() => {
      peakBytes = residentPeak(child.pid) ?? peakBytes;
    }, POLL_MILLISECONDS);
    if (hasGnuTime) clearInterval(poll);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-MAX_STDERR);
    });
    child.once('error', (error) => {
      clearInterval(poll);
      reject(new TaskFailed(error.message, ''));
    });
    child.once('close', (status, signal) => {
      const seconds = (performance.now() - start) / 1000;
      clearInterval(poll);
      if (status === 0) resolve({ seconds, peakBytes });
      else reject(new TaskFailed(signal ?? `exit status ${status}`, errors));
    });
  });
}

/** Reads the peak that Linux records for a running process. A peak after the last poll is missed. */
function residentPeak(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number.parseInt(kibibytes, 10) * 1024;
  } catch {
    return undefined;
  }
}
