import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { STATES } from '../support/interleaving/initial-states.ts';
import {
  createInterleavers,
  type Finding,
  pairJob,
  pairsOf,
  randomJob,
  runJobs,
} from '../support/interleaving/matrix.ts';
import { Random } from '../support/interleaving/random.ts';
import { formatSchedule } from '../support/interleaving/schedule.ts';
import { memoryDirectory } from '../support/reliability/machine.ts';

/** Each run tests other schedules, all from one initial state: preparing a state takes as long as three schedules. */
const SEED = Number(process.env['ATTUNE_INTERLEAVE_SEED'] ?? randomInt(1_000_000));
const PAIRS = 2;

const skip = process.platform !== 'linux' && 'only Linux has /proc with the state of a process';

test(`interleavings: a sample has the outcomes of serial orders (ATTUNE_INTERLEAVE_SEED=${SEED})`, {
  skip,
}, async () => {
  const random = new Random(SEED);
  const state = random.pick(STATES);
  const pairs = random.sample(pairsOf({ state }), PAIRS);
  const jobs = pairs.map((pair, index) => pairJob(pair, 1, random.fork(index)));
  const wrong: string[] = [];
  let schedules = 0;
  const report = ({ verdict, reason, schedule }: Finding) => {
    schedules += 1;
    if (verdict === 'wrong')
      wrong.push(`npm run test:interleave -- --schedule '${formatSchedule(schedule)}'\n  ${reason}`);
  };
  const interleavers = createInterleavers({ after }, memoryDirectory({ after }), 1);
  await runJobs([...jobs, randomJob(random.fork(PAIRS), { state })], interleavers, report);
  assert.equal(wrong.join('\n'), '');
  assert.equal(schedules, PAIRS + 1);
});
