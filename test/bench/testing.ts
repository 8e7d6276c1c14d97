/**
 * What a test front end costs: how much sooner many suites are over when some run side by side, and what attune adds to
 * the time of a suite that somebody would otherwise start by hand. The first is a matter of waiting, so the suites sleep;
 * the second of work, so they do nothing.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, type Task } from './measure.ts';
import { type Program, publishedProgram } from './program.ts';

const SUITES = 40;
/** What the issue wants: half the time for two at a time, and less than this for each suite. */
const OVERHEAD_AIM_MS = 30;
const HALF_AIM = 0.55;

/** Prints both. @param runs how often the overhead is measured; the long runs happen once */
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
  const byHand = ['sh', '-c', `for i in $(seq ${SUITES - 1}); do sh -c 'exit 0'; done`] as const;
  const overheads: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const all = await measure(testing(program, many));
    const start = await measure(testing(program, one));
    const hand = await measure({ command: byHand, cwd: directory, env: program.env });
    overheads.push(((all.seconds - start.seconds - hand.seconds) / (SUITES - 1)) * 1000);
  }
  const median = overheads.slice(1).toSorted((one, other) => one - other)[runs >> 1] ?? Number.NaN;
  const mark = median > OVERHEAD_AIM_MS ? '!' : '';
  process.stdout.write(`\ntesting: each suite takes ${median.toFixed(1)} ms${mark} more than its command by hand\n`);
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
    `testing: ${SUITES} suites of a second each: ${times}, ratio ${ratio.toFixed(2)}${ratio > HALF_AIM ? '!' : ''}\n`,
  );
}

function testing({ command, env }: Program, pack: string, ...flags: string[]): Task {
  return { command: [...command, 'pack', 'test', pack, ...flags], cwd: pack, env };
}

function packOf(directory: string, ref: string, suites: number, command: string): string {
  const runners = Array.from({ length: suites }, (_, at) => `    s${at}: { type: command, command: "${command}" }\n`);
  const path = join(directory, ref);
  mkdirSync(path);
  writeFileSync(join(path, 'pack.yaml'), `ref: ${ref}\nversion: 1.0.0\ntesting:\n  runners:\n${runners.join('')}`);
  return path;
}
