import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One command line, run as a whole process. What it prints is thrown away, but for the end of its errors. */
export interface Task {
  readonly command: readonly [program: string, ...words: string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Puts things as they have to be before a run, outside the time that is taken. */
  prepare?(): void;
}

export interface Sample {
  /** From before the process is made until it is gone. */
  readonly seconds: number;
  /** The largest resident size that it ever had; `undefined` where the system does not tell. */
  readonly peakBytes: number | undefined;
}

/** A command line that was to be measured ended with an error: its time would say nothing. */
export class TaskFailed extends Error {
  constructor(ending: string, errors: string) {
    super(errors === '' ? ending : `${ending}\n${errors.trimEnd()}`);
  }
}

const GNU_TIME = '/usr/bin/time';
const POLL_MILLISECONDS = 5;
const KEPT_ERRORS = 4000;

/** Whether a program of this name is on the PATH and starts. */
export function isThere(program: string): boolean {
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

function run(task: Task, [program, ...words]: Task['command']): Promise<Sample> {
  return new Promise((resolve, reject) => {
    let errors = '';
    let peakBytes: number | undefined;
    const start = performance.now();
    const child = spawn(program, words, { cwd: task.cwd, env: task.env, stdio: ['ignore', 'ignore', 'pipe'] });
    const poll = setInterval(() => {
      peakBytes = residentPeak(child.pid) ?? peakBytes;
    }, POLL_MILLISECONDS);
    if (hasGnuTime) clearInterval(poll);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-KEPT_ERRORS);
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

/** As Linux keeps it for a living process; the last moments of one that ends between two looks are missed. */
function residentPeak(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number.parseInt(kibibytes, 10) * 1024;
  } catch {
    return undefined;
  }
}
