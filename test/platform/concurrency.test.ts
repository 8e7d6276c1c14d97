import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { inParallel } from '../../src/platform/concurrency.ts';

test('results come in the order of the items, however long each takes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (delays, jobs) => {
      const results = await inParallel(delays, jobs, async (delay) => {
        await sleep(delay);
        return delay;
      });
      assert.deepEqual(results, delays);
    }),
    { numRuns: 25 },
  );
});

test('no more than the given number are under way, and as many as that are', async () => {
  let under = 0;
  let most = 0;
  await inParallel([...Array(12).keys()], 3, async () => {
    most = Math.max(most, ++under);
    await sleep(2);
    under--;
  });
  assert.equal(most, 3);
});

test('after a failure nothing is begun, and what is under way is waited for', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = inParallel([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('no');
    await sleep(20);
    ended.push(item);
  });
  await assert.rejects(work, /no/);
  assert.deepEqual(begun, [0, 1]);
  assert.deepEqual(ended, [1]);
});
