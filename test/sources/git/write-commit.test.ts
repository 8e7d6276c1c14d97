import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import { fingerprint } from '../../../src/packs/tree/checksum.ts';
import { directoryTree, writtenTree } from '../../../src/packs/tree/directory-tree.ts';
import { compareCodePoints } from '../../../src/packs/tree/order.ts';
import { writeCommit } from '../../../src/sources/git/write-commit.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { treeOf } from '../../support/tree-of.ts';

const MANIFEST = 'ref: demo\nversion: 1.0.0\n';

/** Creates a tree that is sorted like that of a commit. */
function commitOf(files: Readonly<Record<string, string>>) {
  const { location, files: unsorted } = treeOf(files, 'a commit');
  return { location, files: unsorted.toSorted((a, b) => compareCodePoints(a.path, b.path)) };
}

const ROWS: { claim: string; files: Record<string, string>; prefix: string }[] = [
  { claim: 'at the root', files: { 'pack.yaml': MANIFEST, 'a/x.sh': 'x', 'a-b': '', 'a.txt': '1' }, prefix: '' },
  { claim: 'in pack/', files: { 'README.md': 'read', 'pack/pack.yaml': MANIFEST, 'pack/z.sh': 'z' }, prefix: 'pack/' },
  { claim: 'in a top-level directory', files: { 'x/pack.yaml': MANIFEST, 'x-y/f': '1', 'x/run.sh': '' }, prefix: 'x/' },
  {
    claim: 'in pack/ of a top-level directory',
    files: { 'x/pack/pack.yaml': MANIFEST, 'x/other': '1', z: '' },
    prefix: 'x/pack/',
  },
];

for (const { claim, files, prefix } of ROWS) {
  test(`writeCommit returns the fingerprint of a pack ${claim}`, (t) => {
    const destination = join(temporaryDirectory(t), 'out');
    const counts: number[] = [];
    const written = writeCommit(commitOf(files), destination, (count) => counts.push(count));
    const pack = readPack(destination, DEFAULT_LIMITS);
    assert.equal(written?.prefix, prefix);
    assert.equal(join(destination, prefix, '.'), pack.root);
    assert.deepEqual(written.fingerprint, fingerprint(pack.tree));
    assert.deepEqual(counts.at(-1), Object.keys(files).length);
    for (const [path, content] of Object.entries(files)) {
      assert.equal(readFileSync(join(destination, path), 'utf8'), content);
    }
  });
}

for (const { claim, files } of [
  { claim: 'no pack', files: { 'README.md': 'x', 'deep/er/pack.yaml': MANIFEST } },
  { claim: 'two packs', files: { 'a/pack.yaml': MANIFEST, 'b/pack.yaml': MANIFEST } },
]) {
  test(`writeCommit writes all files of a commit with ${claim} and returns undefined`, (t) => {
    const destination = join(temporaryDirectory(t), 'out');
    assert.equal(
      writeCommit(commitOf(files), destination, () => {}),
      undefined,
    );
    assert.equal(directoryTree(destination).files.length, Object.keys(files).length);
  });
}

test('writeCommit refuses a file whose length differs from its declared size', (t) => {
  const { location, files } = commitOf({ 'pack.yaml': MANIFEST });
  const wrong = files.map((file) => ({ ...file, size: file.size + 1 }));
  assert.throws(() => writeCommit({ location, files: wrong }, join(temporaryDirectory(t), 'out'), () => {}), {
    code: 'INTEGRITY_FILE_CHANGED',
  });
});

test('writeCommit returns the fingerprint that reading the directory gives', (t) => {
  const directory = temporaryDirectory(t);
  let run = 0;
  const name = fc.stringMatching(/^[a-c.-]{0,3}[a-c]$/);
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(
      fc.dictionary(path, fc.string({ maxLength: 20 }), { maxKeys: 8, noNullPrototype: true }),
      (generated) => {
        const paths = Object.keys(generated);
        const valid = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
        const files = Object.fromEntries(valid.map((path) => [path, generated[path] as string]));
        const destination = join(directory, String(run++));
        const written = writeCommit(commitOf({ ...files, 'pack.yaml': MANIFEST }), destination, () => {});
        assert.ok(written);
        const found = directoryTree(destination);
        assert.deepEqual(written.fingerprint, fingerprint(found));
        assert.deepEqual(fingerprint(writtenTree(destination, written.fingerprint.files)), fingerprint(found));
      },
    ),
    { numRuns: 40 },
  );
});
