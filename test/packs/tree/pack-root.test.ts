import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import { findPackRoot } from '../../../src/packs/tree/pack-root.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function fill(root: string, paths: readonly string[]): string {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), 'ref: slack\nversion: 1.0.0\n');
  }
  return root;
}

const rows = [
  { claim: 'the root itself comes first', paths: ['pack.yaml', 'pack/pack.yaml', 'x/pack.yaml'], want: '.' },
  { claim: 'pack/ comes second', paths: ['README', 'pack/pack.yaml', 'x/pack.yaml'], want: 'pack' },
  {
    claim: 'the one directory that has a pack comes third',
    paths: ['slack-1.0/pack.yaml', 'docs/README'],
    want: 'slack-1.0',
  },
  {
    claim: 'its own pack/ counts too',
    paths: ['slack-1.0/pack/pack.yaml', 'slack-1.0/README'],
    want: 'slack-1.0/pack',
  },
  { claim: 'a directory with both is one candidate', paths: ['x/pack.yaml', 'x/pack/pack.yaml'], want: 'x' },
];

for (const { claim, paths, want } of rows) {
  test(claim, (t) => {
    const root = fill(temporaryDirectory(t), paths);
    assert.equal(findPackRoot(root), join(root, want));
  });
}

test('several candidates are an error that lists them all', (t) => {
  const root = fill(temporaryDirectory(t), ['b/pack.yaml', 'a/pack/pack.yaml', 'c/README']);
  assert.throws(() => findPackRoot(root), {
    code: 'INVALID_PACK',
    message: `There is more than one pack in '${root}':\n  a/pack\n  b`,
  });
});

const without = [
  { claim: 'an empty directory', paths: [] },
  { claim: 'a pack that is too deep', paths: ['a/b/pack.yaml'] },
  { claim: 'a .git that pretends to be one', paths: ['.git/pack.yaml'] },
  { claim: 'a manifest of another name', paths: ['pack.yml', 'Pack.yaml.bak'] },
  { claim: 'a directory named pack.yaml', paths: ['pack.yaml/x'] },
];

for (const { claim, paths } of without) {
  test(`${claim} is no pack, and the error says what was looked for`, (t) => {
    const root = fill(temporaryDirectory(t), paths);
    assert.throws(() => findPackRoot(root), { code: 'INVALID_PACK', message: /pack\.yaml, pack\/pack\.yaml, / });
  });
}

test('no link leads to a pack', { skip: process.platform === 'win32' }, (t) => {
  const root = temporaryDirectory(t);
  fill(root, ['outside/pack.yaml', 'inside/README']);
  symlinkSync('../outside', join(root, 'inside/pack'));
  symlinkSync('../outside', join(root, 'inside/other'));
  assert.throws(() => findPackRoot(join(root, 'inside')), { code: 'INVALID_PACK' });
});

test('a manifest that is a link is refused by name', { skip: process.platform === 'win32' }, (t) => {
  const root = temporaryDirectory(t);
  symlinkSync('/etc/hostname', join(root, 'pack.yaml'));
  assert.throws(() => readPack(root, DEFAULT_LIMITS), {
    code: 'INVALID_PACK_TREE',
    message: /pack\.yaml: a symbolic link/,
  });
});

test('a pack is its root, its tree, its manifest and its components', (t) => {
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
