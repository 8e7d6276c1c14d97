/**
 * npm run test:stress: rounds of about 40 concurrent processes, some of which are stopped and continued at random. Prints
 * each unexpected status, and exits 1 after one. `--rounds N` (5 by default), `--seed N`, `--minutes N`, `--busy N`: the
 * number of rounds with busy loops (all by default).
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeBundle } from '../../bin/build/bundle.ts';
import { Random } from '../support/interleaving/random.ts';
import { prepareStress, runRound } from '../support/interleaving/stress.ts';
import { Machine, memoryDirectory } from '../support/reliability/machine.ts';

const MAX_BUSY = 2;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: 'Infinity' },
    busy: { type: 'string', default: 'Infinity' },
    /** Prints the time of each round. */
    verbose: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  },
});

if (!values['no-build']) await writeBundle();
process.env['ATTUNE_TEST_PROGRAM'] ??= join(import.meta.dirname, '..', 'support', 'bundled.cjs');
const cleanups: (() => void)[] = [];
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => {
  for (const clean of cleanups) clean();
});
const directory = memoryDirectory({ after: (clean) => void cleanups.push(clean) });
const machine = new Machine(join(directory, 'machine'), join(directory, 'compiled'));
cleanups.unshift(() => machine[Symbol.dispose]());
const random = new Random(Number(values.seed));
process.stdout.write(`seed ${values.seed}\n`);
await prepareStress(machine);
const saved = join(directory, 'saved');
machine.save(saved);

const deadline = performance.now() + Number(values.minutes) * 60_000;
let [rounds, processes, violations] = [0, 0, 0];
for (; rounds < Number(values.rounds) && performance.now() < deadline; rounds++) {
  machine.restore(saved);
  const started = performance.now();
  const round = await runRound(machine, random.fork(rounds), rounds < Number(values.busy) ? MAX_BUSY : 0);
  const seconds = Math.round((performance.now() - started) / 1000);
  processes += round.processes;
  violations += round.violations.length;
  if (values.verbose) process.stdout.write(`round ${rounds + 1}: ${round.processes} processes, ${seconds} s\n`);
  for (const violation of round.violations) process.stdout.write(`round ${rounds + 1}: ${violation}\n`);
}
process.stdout.write(`${rounds} rounds, ${processes} processes, ${violations} unexpected results\n`);
process.exit(violations === 0 ? 0 : 1);
