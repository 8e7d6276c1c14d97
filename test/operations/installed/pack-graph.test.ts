import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  admits,
  dependenciesOn,
  rangeError,
  unneededPacks,
  withDependencies,
  withDependents,
} from '../../../src/operations/installed/pack-graph.ts';
import type { InstalledNode } from '../../../src/store/installed.ts';

const REFS = ['a', 'b', 'c', 'd', 'e', 'f'];

function nodeOf(ref: string, needs: readonly string[], more: Partial<InstalledNode> = {}): InstalledNode {
  return {
    id: 1,
    ref,
    version: '1.0.0',
    registry: null,
    checksum: '',
    pinned: false,
    requested: false,
    dependencies: needs.map((needed) => ({ ref: needed, range: '*' })),
    ...more,
  };
}

/** Graphs with circles, with needs of themselves and of what is not there. */
const graphs = fc
  .uniqueArray(fc.constantFrom(...REFS))
  .chain((refs) =>
    fc.tuple(
      ...refs.map((ref) =>
        fc
          .tuple(fc.subarray(REFS), fc.boolean(), fc.boolean())
          .map(([needs, requested, pinned]) => nodeOf(ref, needs, { requested, pinned })),
      ),
    ),
  );

const ADMITTED: readonly { claim: string; range: string; version: string | undefined; want: boolean }[] = [
  { claim: 'any version', range: '*', version: '1.0.0', want: true },
  { claim: 'a prerelease where any will do', range: '*', version: '1.0.0-rc.1', want: true },
  { claim: 'nothing, where nothing is there', range: '*', version: undefined, want: false },
  { claim: 'a version in the range', range: '^1.2', version: '1.3.0', want: true },
  { claim: 'no version outside of it', range: '>=1,<2', version: '2.0.0', want: false },
  { claim: 'nothing, where the range is none', range: 'as you like', version: '1.0.0', want: false },
];

for (const { claim, range, version, want } of ADMITTED) {
  test(`'${range}' admits ${claim}`, () => assert.equal(admits(range, version), want));
}

test('only a range that is none has a fault, which is told without its full stop', () => {
  assert.match(rangeError('newest') ?? '', /^'newest' is not a version constraint.*[^.]$/);
  assert.deepEqual([rangeError('*'), rangeError('^1'), rangeError('>=1,<2')], [undefined, undefined, undefined]);
});

test('one needs another exactly when that has it among its dependents', () => {
  fc.assert(
    fc.property(graphs, fc.constantFrom(...REFS), fc.constantFrom(...REFS), (graph, one, other) => {
      assert.equal(withDependencies(graph, [one]).has(other), withDependents(graph, [other]).has(one));
    }),
  );
});

test('what is not needed can go at once: nothing that stays needs it, and nothing more is left over', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const going = new Set(unneededPacks(graph).map(({ ref }) => ref));
      const staying = graph.filter(({ ref }) => !going.has(ref));
      assert.deepEqual(dependenciesOn(staying, going), []);
      assert.deepEqual(unneededPacks(staying), []);
      for (const { ref, requested, pinned } of graph) if (requested || pinned) assert.ok(!going.has(ref));
    }),
  );
});

test('packs that only need each other in a circle are not needed', () => {
  const graph = [nodeOf('a', ['b']), nodeOf('b', ['a']), nodeOf('c', ['c'], { requested: true })];
  assert.deepEqual(
    unneededPacks(graph).map(({ ref }) => ref),
    ['a', 'b'],
  );
});
