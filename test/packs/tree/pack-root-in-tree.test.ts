import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPackRoot } from '../../../src/packs/tree/pack-root.ts';
import { extractPackTree } from '../../../src/packs/tree/pack-root-in-tree.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { treeOf } from '../../support/tree-of.ts';

function outcome<T>(find: () => T): T | string {
  try {
    return find();
  } catch (error) {
    return (error as Error).message;
  }
}

const step = fc.constantFrom('pack', 'a', 'b', 'docs');
const path = fc
  .tuple(fc.array(step, { maxLength: 3 }), fc.constantFrom('pack.yaml', 'README'))
  .map(([parents, name]) => [...parents, name].join('/'));

test('the pack in a tree is where the pack in a directory with the same files is', (t) => {
  const home = temporaryDirectory(t);
  let count = 0;
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), (paths) => {
      count += 1;
      const root = join(home, `${count}`);
      for (const file of paths) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), file);
      }
      const place = outcome(() => relative(root, findPackRoot(root)));
      const tree = treeOf(Object.fromEntries(paths.map((file) => [file, file])), root);
      const want = paths
        .filter((file) => place === '' || file.startsWith(`${place}/`))
        .map((file) => file.slice(place === '' ? 0 : place.length + 1));
      const got = outcome(() => extractPackTree(tree).files.map((file) => file.path));
      assert.deepEqual(got, typeof got === 'string' ? place : want);
    }),
    { numRuns: 150 },
  );
});

test('the files keep their contents under their new paths', () => {
  const { files } = extractPackTree(treeOf({ 'x/pack.yaml': 'ref: x', 'x/run.sh': 'echo', 'x-y/z': '' }));
  const read = files.map((file) => [file.path, file.executable, Buffer.concat([...file.chunks()]).toString()]);
  assert.deepEqual(read, [
    ['pack.yaml', false, 'ref: x'],
    ['run.sh', true, 'echo'],
  ]);
});
