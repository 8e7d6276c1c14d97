import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareByComponent, compareCodePoints } from '../../../src/packs/tree/order.ts';

const texts = fc.string({
  unit: fc.constantFrom(
    'a',
    '-',
    '/',
    '\u{1}',
    '\u{D7FF}',
    '\u{E000}',
    '\u{FB00}',
    '\u{FFFD}',
    '\u{1F600}',
    '\u{10FFFF}',
  ),
  maxLength: 6,
});

test('compareCodePoints: the order is that of the UTF-8 bytes', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const want = Buffer.compare(Buffer.from(one), Buffer.from(other));
      assert.equal(Math.sign(compareCodePoints(one, other)), want);
    }),
  );
});

test('compareByComponent: the order is that of the lists of components', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      assert.equal(Math.sign(compareByComponent(one, other)), compareLists(one.split('/'), other.split('/')));
    }),
  );
});

function compareLists([one, ...ones]: string[], [other, ...others]: string[]): number {
  if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) || compareLists(ones, others);
}

test('compareByComponent: the content of a directory precedes siblings with a longer name, unlike in compareCodePoints', () => {
  const paths = ['a/y', 'a-b/x', 'a.txt'];
  assert.deepEqual(paths.toSorted(compareCodePoints), ['a-b/x', 'a.txt', 'a/y']);
  assert.deepEqual(paths.toSorted(compareByComponent), ['a/y', 'a-b/x', 'a.txt']);
});
