/**
 * Measures `pack test`: the speed-up of concurrent suites, with suites that sleep, and the overhead of each suite over
 * running its command directly, with suites that do nothing.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, type Task } from './measure.ts';
import { type Program, publishedProgram } from './program.ts';

const SUITES = 40;
/** The maximum overhead of a suite. */
const OVERHEAD_AIM_MS = 30;
/** The maximum ratio of the time with two jobs to the time with one. */
const TWO_JOBS_AIM = 0.55;

/** Prints both measurements. @param runs the number of overhead measurements; the concurrency is measured once */
export async function measureTesting(runs: number): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-bench-')));
  try {
    const program = publishedProgram(directory, '');
    await measureOverhead(directory, program, runs);
    await measureJobs(directory, program);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function measureOverhead(directory: string, program: Program, runs: number): Promise<void> {
  const [many, one] = [packOf(directory, 'many', SUITES, 'exit 0'), packOf(directory, 'one', 1, 'exit 0')];
  const directly = ['sh', '-c', `for i in $(seq ${SUITES - 1}); do sh -c 'exit 0'; done`] as const;
  const overheads: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const all = await measure(testing(program, many));
    const start = await measure(testing(program, one));
    const direct = await measure({ command: directly, cwd: directory, env: program.env });
    overheads.push(((all.seconds - start.seconds - direct.seconds) / (SUITES - 1)) * 1000);
  }
  const median = overheads.slice(1).toSorted((one, other) => one - other)[runs >> 1] ?? Number.NaN;
  const mark = median > OVERHEAD_AIM_MS ? '!' : '';
  process.stdout.write(
    `\ntesting: each suite takes ${median.toFixed(1)} ms${mark} longer than its command run directly\n`,
  );
}

async function measureJobs(directory: string, program: Program): Promise<void> {
  const pack = packOf(directory, 'sleepy', SUITES, 'sleep 1');
  const [one, two] = [
    await measure(testing(program, pack, '--jobs', '1')),
    await measure(testing(program, pack, '--jobs', '2')),
  ];
  const ratio = two.seconds / one.seconds;
  const times = `${one.seconds.toFixed(1)} s with --jobs 1, ${two.seconds.toFixed(1)} s with --jobs 2`;
  process.stdout.write(
    `testing: ${SUITES} suites of 1 s each: ${times}, ratio ${ratio.toFixed(2)}${ratio > TWO_JOBS_AIM ? '!' : ''}\n`,
  );
}

function testing({ command, env }: Program, pack: string, ...flags: string[]): Task {
  return { command: [...command, 'pack', 'test', pack, ...flags], cwd: pack, env };
}

function packOf(directory: string, ref: string, suites: number, command: string): string {
  const runners = Array.from(
    { length: suites },
    (_, index) => `    s${index}: { type: command, command: "${command}" }\n`,
  );
  const path = join(directory, ref);
  mkdirSync(path);
  writeFileSync(join(path, 'pack.yaml'), `ref: ${ref}\nversion: 1.0.0\ntesting:\n  runners:\n${runners.join('')}`);
  return path;
}
