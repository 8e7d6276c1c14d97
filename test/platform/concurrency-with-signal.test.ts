import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { inLanes } from '../../src/platform/concurrency-with-signal.ts';

test('results come in the order of the items, and never more than the lanes are at work', async () => {
  const delays = fc.array(fc.nat(5), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 6 }), async (turns, lanes) => {
      let working = 0;
      let most = 0;
      const results = await inLanes(turns, lanes, async (count, index) => {
        most = Math.max(most, ++working);
        for (let left = count; left > 0; left--) await turn();
        working -= 1;
        return index;
      });
      assert.deepEqual(results, [...turns.keys()]);
      assert.ok(most <= lanes && (turns.length === 0 || most >= 1));
    }),
    { numRuns: 50 },
  );
});

test('after an error nothing is begun, the others are told, and all have ended when it comes out', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number, _: number, signal: AbortSignal) => {
    begun.push(item);
    if (item === 1) throw new RangeError('the first');
    while (!signal.aborted) await turn();
    ended.push(item);
    throw new TypeError('a later one');
  };
  await assert.rejects(inLanes([0, 1, 2, 3], 2, work), { name: 'RangeError', message: 'the first' });
  assert.deepEqual([begun, ended], [[0, 1], [0]]);
});
