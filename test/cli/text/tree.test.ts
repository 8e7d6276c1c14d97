import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Branch, drawForest } from '../../../src/cli/text/tree.ts';

test('drawForest: draws the children of a branch once', () => {
  const graphs = fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(graphs, (children) => {
      const branch = (index: number): Branch => ({
        key: `${index}`,
        label: `${index}`,
        children: () => children[index]!.map(branch),
      });
      const lines = drawForest(children.map((_, index) => branch(index)));
      assert.equal(lines.length, 6 + children.flat().length);
    }),
  );
});

test('drawForest: draws a chain of 2000 branches', () => {
  const branch = (left: number): Branch => ({
    key: `${left}`,
    label: '',
    children: () => (left ? [branch(left - 1)] : []),
  });
  assert.equal(drawForest([branch(2000)]).length, 2001);
});
