// npm run bench [name...] [-- --sizes 1000,10000 --runs 5]: compares attune's speed and memory with public tools.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { archiveBench } from './archives/bench.ts';
import { type Bench, type Contest, compare, type Outcome } from './compare.ts';
import { gitBench } from './git/bench.ts';
import { indexBench } from './index/bench.ts';
import { lookupBench } from './lookup/bench.ts';
import { measureResolver } from './lookup/resolver-bench.ts';
import { isAvailable, TaskFailed } from './measure.ts';
import { packsBench } from './packs/bench.ts';
import { measureSafety } from './safety.ts';
import { startBench } from './start.ts';
import { table } from './table.ts';
import { measureTesting } from './testing.ts';

const BENCHES: readonly Bench[] = [startBench, indexBench, lookupBench, gitBench, archiveBench, packsBench];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sizes: { type: 'string' }, runs: { type: 'string' } },
});
const sizes = values.sizes?.split(',').map(Number);
const runs = values.runs === undefined ? undefined : Number(values.runs);
const DEFAULT_RUNS = 5;
const names = [...BENCHES.map(({ name }) => name), 'resolver', 'safety', 'testing'];
const unknown = positionals.filter((name) => !names.includes(name));

if (
  unknown.length > 0 ||
  ![...(sizes ?? []), runs ?? DEFAULT_RUNS].every((number) => Number.isSafeInteger(number) && number > 0)
) {
  process.stderr.write(`Usage: npm run bench [${names.join('|')}...] [-- --sizes 1000,10000 --runs 5]\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(`node ${process.version}, ${availableParallelism()} cores, medians of alternating runs\n`);
  for (const bench of BENCHES) {
    if (isSelected(bench.name)) await runBench(bench);
  }
  if (isSelected('resolver')) measureResolver();
  if (isSelected('safety')) await measureSafety(runs ?? DEFAULT_RUNS);
  if (isSelected('testing')) await measureTesting(runs ?? DEFAULT_RUNS);
}

function isSelected(name: string): boolean {
  return positionals.length === 0 || positionals.includes(name);
}

async function runBench(bench: Bench): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-bench-')));
  try {
    const tool = bench.install ? bench.install(directory) : isAvailable(bench.tool) ? bench.tool : undefined;
    if (tool === undefined) {
      const reason = bench.install ? 'is neither on the PATH nor could it be installed from PyPI' : 'is not available';
      process.stdout.write(`\n${bench.name}: skipped, because ${bench.tool} ${reason}.\n`);
      return;
    }
    const open = bench.open(directory);
    const contestsOf = (size: number, workspace: string) => open(size, workspace, tool);
    for (const size of sizes ?? bench.sizes) await runSize(bench, size, join(directory, String(size)), contestsOf);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runSize(
  bench: Bench,
  size: number,
  directory: string,
  contestsOf: (size: number, directory: string) => readonly Contest[],
): Promise<void> {
  mkdirSync(directory);
  const outcomes: Outcome[] = [];
  for (const contest of contestsOf(size, directory)) {
    try {
      outcomes.push(await compare(contest, runs ?? bench.runs ?? DEFAULT_RUNS));
    } catch (error) {
      if (!(error instanceof TaskFailed)) throw error;
      // The other contests are still measured, but the bench fails.
      process.stderr.write(`${contest.name}: ${error.message}\n`);
      process.exitCode = 1;
    }
  }
  process.stdout.write(`\n${table(`${bench.name}, ${size}`, bench.tool, outcomes)}`);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}
