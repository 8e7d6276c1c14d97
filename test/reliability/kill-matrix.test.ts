import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failAll, failuresOf } from '../support/reliability/fail-matrix.ts';
import { createMachines, killAll, type Rehearsed, rehearse, type Tally } from '../support/reliability/kill-matrix.ts';
import { readTable, writeTable } from '../support/reliability/kill-table.ts';
import { swiftDirectory } from '../support/reliability/machine.ts';
import { makeInputs, OPERATIONS } from '../support/reliability/operations.ts';

/** Of so many points one is taken, others each time; `npm run test:kill` takes them all and writes the table. */
const EVERY = Number(process.env['ATTUNE_KILL_EVERY'] ?? 24);
/** There are six ways for each call to fail, and a wrong word is no lost pack. */
const FAIL_EVERY = Math.max(40, EVERY * 10);

const directory = swiftDirectory({ after });
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

  test(`killed anywhere, '${operation.name}' leaves old or new, and can be repeated`, async () => {
    rehearsed = await rehearse(operation, inputs, machines[0]!, join(directory, `saved-${index}`));
    const tally = await killAll(rehearsed, sample(rehearsed.points, EVERY), machines);
    tallies.push(tally);
    if (tally.other.length > 0) throw new Error(tally.other.map(({ message }) => message).join('\n'));
  });

  test(`where the disk fails, '${operation.name}' says so in a sentence and the store is whole`, async () => {
    assert.ok(rehearsed, 'it could not be rehearsed');
    await failAll(rehearsed, sample(failuresOf(rehearsed), FAIL_EVERY), machines);
  });
}

test('the table of kills that is published has every operation, a thousand points, and nothing but old and new', () => {
  if (process.env['ATTUNE_KILL_TABLE'] === 'write') writeTable(tallies);
  const rows = readTable();
  assert.deepEqual(
    rows.map(({ operation }) => operation),
    OPERATIONS.map(({ name }) => name),
  );
  for (const { operation, points, old, new: young, other } of rows) {
    assert.equal(other, 0, operation);
    assert.equal(points, old + young, operation);
  }
  assert.ok(rows.reduce((sum, { points }) => sum + points, 0) >= 1000);
});
