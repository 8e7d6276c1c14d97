import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import { extractPackTree, findPackRoot } from '../../../src/packs/tree/pack-root.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { treeOf } from '../../support/tree-of.ts';

function fill(root: string, paths: readonly string[]): string {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), 'ref: slack\nversion: 1.0.0\n');
  }
  return root;
}

const rows = [
  { claim: 'the root has the highest precedence', paths: ['pack.yaml', 'pack/pack.yaml', 'x/pack.yaml'], want: '.' },
  { claim: 'pack/ precedes other directories', paths: ['README', 'pack/pack.yaml', 'x/pack.yaml'], want: 'pack' },
  {
    claim: 'the only directory with a manifest is found',
    paths: ['slack-1.0/pack.yaml', 'docs/README'],
    want: 'slack-1.0',
  },
  {
    claim: 'the pack/ of the only directory is found',
    paths: ['slack-1.0/pack/pack.yaml', 'slack-1.0/README'],
    want: 'slack-1.0/pack',
  },
  { claim: 'a directory with both is a single candidate', paths: ['x/pack.yaml', 'x/pack/pack.yaml'], want: 'x' },
];

for (const { claim, paths, want } of rows) {
  test(`findPackRoot: ${claim}`, (t) => {
    const root = fill(temporaryDirectory(t), paths);
    assert.equal(findPackRoot(root), join(root, want));
  });
}

test('findPackRoot: several candidates are an error that lists all of them', (t) => {
  const root = fill(temporaryDirectory(t), ['b/pack.yaml', 'a/pack/pack.yaml', 'c/README']);
  assert.throws(() => findPackRoot(root), {
    code: 'INVALID_PACK',
    message: `There is more than one pack in '${root}':\n  a/pack\n  b`,
  });
});

const without = [
  { claim: 'an empty directory', paths: [] },
  { claim: 'a directory with a pack two levels deep', paths: ['a/b/pack.yaml'] },
  { claim: 'a .git directory with a manifest', paths: ['.git/pack.yaml'] },
  { claim: 'a directory with a misnamed manifest', paths: ['pack.yml', 'Pack.yaml.bak'] },
  { claim: 'a directory that is named pack.yaml', paths: ['pack.yaml/x'] },
];

for (const { claim, paths } of without) {
  test(`findPackRoot: ${claim} is not a pack, and the error lists the searched paths`, (t) => {
    const root = fill(temporaryDirectory(t), paths);
    assert.throws(() => findPackRoot(root), { code: 'INVALID_PACK', message: /pack\.yaml, pack\/pack\.yaml, / });
  });
}

test('findPackRoot: links to packs are not followed', { skip: process.platform === 'win32' }, (t) => {
  const root = temporaryDirectory(t);
  fill(root, ['outside/pack.yaml', 'inside/README']);
  symlinkSync('../outside', join(root, 'inside/pack'));
  symlinkSync('../outside', join(root, 'inside/other'));
  assert.throws(() => findPackRoot(join(root, 'inside')), { code: 'INVALID_PACK' });
});

test('readPack: a manifest that is a link is rejected by name', { skip: process.platform === 'win32' }, (t) => {
  const root = temporaryDirectory(t);
  symlinkSync('/etc/hostname', join(root, 'pack.yaml'));
  assert.throws(() => readPack(root, DEFAULT_LIMITS), {
    code: 'INVALID_PACK_TREE',
    message: /pack\.yaml: a symbolic link/,
  });
});

test('readPack: a pack has a root, a tree, a manifest and components', (t) => {
  const root = fill(temporaryDirectory(t), ['x/pack/pack.yaml', 'x/pack/actions/send.yaml', 'x/README']);
  writeFileSync(join(root, 'x/pack/actions/send.yaml'), 'ref: slack.send\nlabel: Send\n');
  const pack = readPack(root, DEFAULT_LIMITS);
  assert.equal(pack.root, join(root, 'x/pack'));
  assert.equal(pack.manifest.ref, 'slack');
  assert.deepEqual(
    pack.tree.files.map(({ path }) => path),
    ['actions/send.yaml', 'pack.yaml'],
  );
  assert.deepEqual(pack.components, [
    { kind: 'actions', name: 'send', description: 'Send', path: 'actions/send.yaml' },
  ]);
});

function outcome<T>(find: () => T): T | string {
  try {
    return find();
  } catch (error) {
    return (error as Error).message;
  }
}

const component = fc.constantFrom('pack', 'a', 'b', 'docs');
const filePath = fc
  .tuple(fc.array(component, { maxLength: 3 }), fc.constantFrom('pack.yaml', 'README'))
  .map(([parents, name]) => [...parents, name].join('/'));

test('extractPackTree: it finds the same pack as findPackRoot in a directory with the same files', (t) => {
  const home = temporaryDirectory(t);
  let count = 0;
  fc.assert(
    fc.property(fc.uniqueArray(filePath, { minLength: 1, maxLength: 6 }), (paths) => {
      count += 1;
      const root = fill(join(home, `${count}`), paths);
      const packRoot = outcome(() => relative(root, findPackRoot(root)));
      const tree = treeOf(Object.fromEntries(paths.map((file) => [file, file])), root);
      const expected = paths
        .filter((file) => packRoot === '' || file.startsWith(`${packRoot}/`))
        .map((file) => file.slice(packRoot === '' ? 0 : packRoot.length + 1));
      const actual = outcome(() => extractPackTree(tree).files.map((file) => file.path));
      assert.deepEqual(actual, typeof actual === 'string' ? packRoot : expected);
    }),
    { numRuns: 150 },
  );
});

test('extractPackTree: the files keep their contents under their new paths', () => {
  const { files } = extractPackTree(treeOf({ 'x/pack.yaml': 'ref: x', 'x/run.sh': 'echo', 'x-y/z': '' }));
  const read = files.map((file) => [file.path, file.executable, Buffer.concat([...file.chunks()]).toString()]);
  assert.deepEqual(read, [
    ['pack.yaml', false, 'ref: x'],
    ['run.sh', true, 'echo'],
  ]);
});
