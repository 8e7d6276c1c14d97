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

function nodeOf(ref: string, dependencies: readonly string[], more: Partial<InstalledNode> = {}): InstalledNode {
  return {
    id: 1,
    ref,
    version: '1.0.0',
    source_type: 'directory',
    source_url: '/',
    source_ref: null,
    source_ref_type: null,
    source_commit: null,
    registry: null,
    archive_checksum: null,
    checksum: '',
    pinned: false,
    requested: false,
    dependencies: dependencies.map((dependency) => ({ ref: dependency, range: '*' })),
    ...more,
  };
}

/** Graphs with cycles, packs that depend on themselves, and missing dependencies. */
const graphs = fc
  .uniqueArray(fc.constantFrom(...REFS))
  .chain((refs) =>
    fc.tuple(
      ...refs.map((ref) =>
        fc
          .tuple(fc.subarray(REFS), fc.boolean(), fc.boolean())
          .map(([dependencies, requested, pinned]) => nodeOf(ref, dependencies, { requested, pinned })),
      ),
    ),
  );

const ADMITTED: readonly { title: string; range: string; version: string | undefined; expected: boolean }[] = [
  { title: 'admits any release', range: '*', version: '1.0.0', expected: true },
  { title: 'admits a prerelease', range: '*', version: '1.0.0-rc.1', expected: true },
  { title: 'is not satisfied by a missing pack', range: '*', version: undefined, expected: false },
  { title: 'admits a version in the range', range: '^1.2', version: '1.3.0', expected: true },
  { title: 'does not admit a version outside of the range', range: '>=1,<2', version: '2.0.0', expected: false },
  { title: 'is invalid and admits nothing', range: 'as you like', version: '1.0.0', expected: false },
];

for (const { title, range, version, expected } of ADMITTED) {
  test(`admits: the range '${range}' ${title}`, () => assert.equal(admits(range, version), expected));
}

test('rangeError: returns a message without full stop for an invalid range only', () => {
  assert.match(rangeError('newest') ?? '', /^'newest' is not a version constraint.*[^.]$/);
  assert.deepEqual([rangeError('*'), rangeError('^1'), rangeError('>=1,<2')], [undefined, undefined, undefined]);
});

test('withDependencies: is the inverse of withDependents', () => {
  fc.assert(
    fc.property(graphs, fc.constantFrom(...REFS), fc.constantFrom(...REFS), (graph, one, other) => {
      assert.equal(withDependencies(graph, [one]).has(other), withDependents(graph, [other]).has(one));
    }),
  );
});

test('unneededPacks: no remaining pack depends on one, and after their removal none are left', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const removed = new Set(unneededPacks(graph).map(({ ref }) => ref));
      const remaining = graph.filter(({ ref }) => !removed.has(ref));
      assert.deepEqual(dependenciesOn(remaining, removed), []);
      assert.deepEqual(unneededPacks(remaining), []);
      for (const { ref, requested, pinned } of graph) if (requested || pinned) assert.ok(!removed.has(ref));
    }),
  );
});

test('unneededPacks: packs that only depend on each other in a cycle are not needed', () => {
  const graph = [nodeOf('a', ['b']), nodeOf('b', ['a']), nodeOf('c', ['c'], { requested: true })];
  assert.deepEqual(
    unneededPacks(graph).map(({ ref }) => ref),
    ['a', 'b'],
  );
});
