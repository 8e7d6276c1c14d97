import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { installOrder } from '../../src/resolver/install-order.ts';

const order = (refs: string[], needs: Record<string, string[]>) => installOrder(refs, new Map(Object.entries(needs)));

describe('packs are sorted', () => {
  const rows: { claim: string; refs: string[]; needs: Record<string, string[]>; want: string[] }[] = [
    { claim: 'nothing stays nothing', refs: [], needs: {}, want: [] },
    {
      claim: 'strangers keep their order',
      refs: ['b', 'a', 'c'],
      needs: { a: [], b: [], c: [] },
      want: ['b', 'a', 'c'],
    },
    { claim: 'what is needed comes first', refs: ['a', 'b'], needs: { a: ['b'], b: [] }, want: ['b', 'a'] },
    {
      claim: 'and what that needs before it',
      refs: ['a'],
      needs: { a: ['b'], b: ['c'], c: [] },
      want: ['c', 'b', 'a'],
    },
    {
      claim: 'a diamond has each once',
      refs: ['a'],
      needs: { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] },
      want: ['d', 'b', 'c', 'a'],
    },
    { claim: 'what is not in the map is left out', refs: ['a', 'z'], needs: { a: ['x'] }, want: ['a'] },
  ];
  for (const { claim, refs, needs, want } of rows) {
    test(claim, () => assert.deepEqual(order(refs, needs), { order: want, cycles: [] }));
  }
});

describe('a circle is found', () => {
  const rows: { claim: string; needs: Record<string, string[]>; want: string[] }[] = [
    { claim: 'of one', needs: { a: ['a'] }, want: ['a a'] },
    { claim: 'of two', needs: { a: ['b'], b: ['a'] }, want: ['a b a'] },
    { claim: 'without what leads to it', needs: { a: ['b'], b: ['c'], c: ['b'] }, want: ['b c b'] },
    { claim: 'beside another', needs: { a: ['b'], b: ['a', 'c'], c: ['c'] }, want: ['a b a', 'c c'] },
  ];
  for (const { claim, needs, want } of rows) {
    test(claim, () =>
      assert.deepEqual(
        order(['a'], needs).cycles.map((cycle) => cycle.join(' ')),
        want,
      ),
    );
  }
});

test('a chain of a hundred thousand is no trouble', () => {
  const needs = new Map(Array.from({ length: 100_000 }, (_, at) => [`p${at}`, at < 99_999 ? [`p${at + 1}`] : ['p0']]));
  const { order: sorted, cycles } = installOrder(['p0'], needs);
  assert.equal(sorted.length, 100_000);
  assert.equal(sorted[0], 'p99999');
  assert.equal(cycles.length, 1);
});

test('whatever needs what, a pack comes after its needs or there is a circle, and all are there', () => {
  const refs = ['a', 'b', 'c', 'd', 'e'];
  const graph = fc.record(Object.fromEntries(refs.map((ref) => [ref, fc.subarray(refs)])));
  fc.assert(
    fc.property(graph, (needs: Record<string, string[]>) => {
      const { order: sorted, cycles } = order(refs, needs);
      assert.deepEqual(sorted.toSorted(), refs);
      const early = sorted.some((ref, at) => needs[ref]?.some((need) => sorted.indexOf(need) >= at));
      assert.equal(early, cycles.length > 0);
    }),
  );
});
