/**
 * npm run test:interleave: runs pairs of operations, and random groups of three and four, under chosen interleavings, and
 * prints a table of the outcomes. Exits 1 after a wrong one.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeBundle } from '../../bin/build/bundle.ts';
import type { StateName } from '../support/interleaving/initial-states.ts';
import {
  createInterleavers,
  type Finding,
  type Job,
  pairJob,
  pairsOf,
  randomJob,
  randomOrder,
  runJobs,
} from '../support/interleaving/matrix.ts';
import { Random } from '../support/interleaving/random.ts';
import { formatSchedule, parseSchedule } from '../support/interleaving/schedule.ts';
import { Tally } from '../support/interleaving/tally.ts';
import { memoryDirectory } from '../support/reliability/machine.ts';

const { values } = parseArgs({
  options: {
    /** The number of pairs; all by default. */
    pairs: { type: 'string', default: 'Infinity' },
    /** The number of calls at which the first operation of each pair is stopped; all with `Infinity`. */
    points: { type: 'string', default: '6' },
    /** The number of random schedules of three and four processes. */
    random: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Only this initial state, and operations and calls that match these regular expressions. */
    state: { type: 'string' },
    first: { type: 'string', default: '' },
    second: { type: 'string', default: '' },
    at: { type: 'string', default: '' },
    minutes: { type: 'string', default: 'Infinity' },
    /** The number of schedules that run at once. */
    machines: { type: 'string', default: '2' },
    /** Runs only these schedules, which an earlier run printed. */
    schedule: { type: 'string', multiple: true },
    /** The number of times that each of these schedules runs, each time continued in another random order. */
    shuffle: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  },
});

const root = join(import.meta.dirname, '..', '..');
if (!values['no-build']) await writeBundle();
process.env['ATTUNE_TEST_PROGRAM'] ??= join(root, 'test', 'support', 'bundled.cjs');
const cleanups: (() => void)[] = [];
const cleaner = { after: (clean: () => void) => void cleanups.unshift(clean) };
const directory = memoryDirectory(cleaner);
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => {
  for (const clean of cleanups) clean();
});

const random = new Random(Number(values.seed));
const tally = new Tally();
let schedules = 0;
process.stdout.write(`seed ${values.seed}\n`);
const deadline = performance.now() + Number(values.minutes) * 60_000;
await runJobs(jobs(), createInterleavers(cleaner, directory, Number(values.machines)), report, deadline);
process.stdout.write(tally.format());
process.exit();

function* jobs(): Generator<Job> {
  if (values.schedule !== undefined) {
    const schedules = values.schedule.map(parseSchedule);
    if (values.shuffle === undefined) return yield async () => schedules;
    const orders = Array.from({ length: Number(values.shuffle) }, () => randomOrder(random));
    return yield async () => orders.flatMap((order) => schedules.map((schedule) => ({ ...schedule, order })));
  }
  const at = new RegExp(values.at);
  const state = values.state as StateName | undefined;
  const selection = { state, first: new RegExp(values.first), second: new RegExp(values.second), at };
  for (const [index, pair] of random.sample(pairsOf(selection), Number(values.pairs)).entries()) {
    yield pairJob(pair, Number(values.points), random.fork(index), at);
  }
  for (let index = 0; index < Number(values.random); index++) yield randomJob(random.fork(-index - 2), selection);
}

function report(finding: Finding): void {
  tally.add(finding);
  schedules += 1;
  const { verdict, reason, schedule, durationMs } = finding;
  if (verdict === 'wrong') process.exitCode = 1;
  if (verdict !== 'serial' || values.verbose) {
    const where = `[${schedules}] ${verdict} in ${Math.round(durationMs)} ms`;
    process.stdout.write(`${where}: ${formatSchedule(schedule)}\n${reason === undefined ? '' : `  ${reason}\n`}`);
  }
}
