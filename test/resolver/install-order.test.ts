import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { installOrder } from '../../src/resolver/install-order.ts';

const order = (refs: string[], dependencies: Record<string, string[]>) =>
  installOrder(refs, new Map(Object.entries(dependencies)));

describe('installOrder: order', () => {
  const rows: { title: string; refs: string[]; dependencies: Record<string, string[]>; want: string[] }[] = [
    { title: 'no refs give an empty order', refs: [], dependencies: {}, want: [] },
    {
      title: 'independent packs keep their order',
      refs: ['b', 'a', 'c'],
      dependencies: { a: [], b: [], c: [] },
      want: ['b', 'a', 'c'],
    },
    { title: 'a dependency comes first', refs: ['a', 'b'], dependencies: { a: ['b'], b: [] }, want: ['b', 'a'] },
    {
      title: 'transitive dependencies come first',
      refs: ['a'],
      dependencies: { a: ['b'], b: ['c'], c: [] },
      want: ['c', 'b', 'a'],
    },
    {
      title: 'a diamond dependency is included once',
      refs: ['a'],
      dependencies: { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] },
      want: ['d', 'b', 'c', 'a'],
    },
    { title: 'refs that are not in the map are omitted', refs: ['a', 'z'], dependencies: { a: ['x'] }, want: ['a'] },
  ];
  for (const { title, refs, dependencies, want } of rows) {
    test(`installOrder: ${title}`, () => assert.deepEqual(order(refs, dependencies), { order: want, cycles: [] }));
  }
});

describe('installOrder: cycles', () => {
  const rows: { title: string; dependencies: Record<string, string[]>; want: string[] }[] = [
    { title: 'a pack that depends on itself', dependencies: { a: ['a'] }, want: ['a a'] },
    { title: 'two packs that depend on each other', dependencies: { a: ['b'], b: ['a'] }, want: ['a b a'] },
    {
      title: 'a cycle without the path to it',
      dependencies: { a: ['b'], b: ['c'], c: ['b'] },
      want: ['b c b'],
    },
    { title: 'two cycles', dependencies: { a: ['b'], b: ['a', 'c'], c: ['c'] }, want: ['a b a', 'c c'] },
  ];
  for (const { title, dependencies, want } of rows) {
    test(`installOrder: reports ${title}`, () =>
      assert.deepEqual(
        order(['a'], dependencies).cycles.map((cycle) => cycle.join(' ')),
        want,
      ));
  }
});

test('installOrder: sorts a chain of 100,000 packs', () => {
  const dependencies = new Map(
    Array.from({ length: 100_000 }, (_, i) => [`p${i}`, i < 99_999 ? [`p${i + 1}`] : ['p0']]),
  );
  const { order: sorted, cycles } = installOrder(['p0'], dependencies);
  assert.equal(sorted.length, 100_000);
  assert.equal(sorted[0], 'p99999');
  assert.equal(cycles.length, 1);
});

test('installOrder: every pack comes after its dependencies unless there is a cycle', () => {
  const refs = ['a', 'b', 'c', 'd', 'e'];
  const graph = fc.record(Object.fromEntries(refs.map((ref) => [ref, fc.subarray(refs)])));
  fc.assert(
    fc.property(graph, (dependencies: Record<string, string[]>) => {
      const { order: sorted, cycles } = order(refs, dependencies);
      assert.deepEqual(sorted.toSorted(), refs);
      const early = sorted.some((ref, i) => dependencies[ref]?.some((one) => sorted.indexOf(one) >= i));
      assert.equal(early, cycles.length > 0);
    }),
  );
});
