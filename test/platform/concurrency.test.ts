import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { mapConcurrently } from '../../src/platform/concurrency.ts';

test('mapConcurrently: results are in the order of the items, and the number of running calls is limited', async () => {
  const delays = fc.array(fc.nat(5), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 6 }), async (turns, limit) => {
      let running = 0;
      let most = 0;
      const results = await mapConcurrently(turns, limit, async (count, index) => {
        most = Math.max(most, ++running);
        for (let left = count; left > 0; left--) await turn();
        running -= 1;
        return index;
      });
      assert.deepEqual(results, [...turns.keys()]);
      assert.ok(most <= limit);
    }),
    { numRuns: 50 },
  );
});

test('mapConcurrently: as many calls run at a time as the limit allows', async () => {
  let running = 0;
  let most = 0;
  await mapConcurrently([...Array(12).keys()], 3, async () => {
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
  });
  assert.equal(most, 3);
});

test('mapConcurrently: after an error no item is started, the signal is aborted, and running calls are awaited', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number, _: number, signal: AbortSignal) => {
    begun.push(item);
    if (item === 1) throw new RangeError('the first');
    while (!signal.aborted) await turn();
    ended.push(item);
    throw new TypeError('a later one');
  };
  await assert.rejects(mapConcurrently([0, 1, 2, 3], 2, work), { name: 'RangeError', message: 'the first' });
  assert.deepEqual([begun, ended], [[0, 1], [0]]);
});
