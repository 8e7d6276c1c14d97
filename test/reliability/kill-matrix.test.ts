import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failAll, failuresOf } from '../support/reliability/fail-matrix.ts';
import { createMachines, killAll, type Rehearsed, rehearse, type Tally } from '../support/reliability/kill-matrix.ts';
import { readTable, writeTable } from '../support/reliability/kill-table.ts';
import { memoryDirectory } from '../support/reliability/machine.ts';
import { makeInputs, OPERATIONS } from '../support/reliability/operations.ts';

/** Each run tests one in this many points, from a random start; `npm run test:kill` tests all and writes the table. */
const EVERY = Number(process.env['ATTUNE_KILL_EVERY'] ?? 60);
/** Each call has six failures, and a wrong message is less serious than a lost pack. */
const FAIL_EVERY = Math.max(40, EVERY * 10);

const directory = memoryDirectory({ after });
const inputs = await makeInputs({ after }, join(directory, 'inputs'));
const machines = createMachines(directory);
after(() => {
  for (const machine of machines) machine[Symbol.dispose]();
});
const tallies: Tally[] = [];

function sample<T>(all: readonly T[], every: number): T[] {
  const seed = randomInt(every);
  return all.filter((_, index) => (index + seed) % every === 0);
}

for (const [index, operation] of OPERATIONS.entries()) {
  let rehearsed: Rehearsed | undefined;

  test(`kill matrix: ${operation.name}: a kill leaves the old or the new state, and the command can be repeated`, async () => {
    rehearsed = await rehearse(operation, inputs, machines[0]!, join(directory, `saved-${index}`));
    const tally = await killAll(rehearsed, sample(rehearsed.points, EVERY), machines);
    tallies.push(tally);
    if (tally.other.length > 0) throw new Error(tally.other.map(({ message }) => message).join('\n'));
  });

  test(`fail matrix: ${operation.name}: a failed call is reported with path and hint, and the store is consistent`, async () => {
    assert.ok(rehearsed, 'the rehearsal failed');
    await failAll(rehearsed, sample(failuresOf(rehearsed), FAIL_EVERY), machines);
  });
}

test('kill table: the published table has all operations, a thousand points, and only old and new states', () => {
  if (process.env['ATTUNE_KILL_TABLE'] === 'write') writeTable(tallies);
  const rows = readTable();
  assert.deepEqual(
    rows.map(({ operation }) => operation),
    OPERATIONS.map(({ name }) => name),
  );
  for (const { operation, points, old, new: after, other } of rows) {
    assert.equal(other, 0, operation);
    assert.equal(points, old + after, operation);
  }
  assert.ok(rows.reduce((sum, { points }) => sum + points, 0) >= 1000);
});
