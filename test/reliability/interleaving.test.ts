import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import {
  createInterleavers,
  type Finding,
  type Job,
  pairJob,
  pairsOf,
  randomJob,
  runJobs,
} from '../support/interleaving/matrix.ts';
import { Random } from '../support/interleaving/random.ts';
import { formatSchedule } from '../support/interleaving/schedule.ts';
import { Tally } from '../support/interleaving/tally.ts';
import { memoryDirectory } from '../support/reliability/machine.ts';

/** The time in which schedules are started. `npm run test:interleave` runs all pairs. */
const DURATION_MS = 30_000;

const skip = process.platform !== 'linux' && 'only Linux has /proc with the state of a process';

/** Enough jobs for the fastest machine: two of three are pairs. */
function* jobs(random: Random): Generator<Job> {
  const pairs = pairsOf();
  for (let index = 0; index < 1000; index++) {
    const own = random.fork(index);
    yield index % 3 === 2 ? randomJob(own) : pairJob(own.pick(pairs), 1, own);
  }
}

test('interleaving: every outcome of concurrent operations is that of a serial order', { skip }, async (t) => {
  const seed = Number(process.env['ATTUNE_INTERLEAVE_SEED'] ?? randomInt(1_000_000));
  t.diagnostic(`ATTUNE_INTERLEAVE_SEED=${seed}`);
  const interleavers = createInterleavers({ after }, memoryDirectory({ after }));
  const findings: Finding[] = [];
  const onFinding = (finding: Finding) => void findings.push(finding);
  await runJobs(jobs(new Random(seed)), interleavers, onFinding, performance.now() + DURATION_MS);
  const tally = new Tally();
  for (const finding of findings) tally.add(finding);
  t.diagnostic(tally.format());
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong');
  const lines = wrong.map(({ schedule, reason }) => `${formatSchedule(schedule)}\n  ${reason}`);
  assert.deepEqual(
    lines,
    [],
    `ATTUNE_INTERLEAVE_SEED=${seed}: reproduce with npm run test:interleave -- --schedule 'LINE'`,
  );
  assert.ok(findings.length > 0);
});
