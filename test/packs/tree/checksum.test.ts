import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDigest, parseDigest } from '../../../src/packs/digest.ts';
import {
  directoryChecksum,
  FingerprintBuilder,
  fingerprint,
  matchesDirectoryChecksum,
} from '../../../src/packs/tree/checksum.ts';
import { directoryTree } from '../../../src/packs/tree/directory-tree.ts';
import type { FileTree } from '../../../src/packs/tree/tree.ts';
import { FIRST, FIRST_SUM, SECOND, SECOND_BY_COMPONENT, SECOND_SUM } from '../../support/checksum-vectors.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { treeOf } from '../../support/tree-of.ts';

const sum = (tree: FileTree) => formatDigest(directoryChecksum(tree));

function onDisk(root: string, files: Readonly<Record<string, string>>): FileTree {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return directoryTree(root);
}

test('directoryChecksum: the first published test vector matches', (t) => {
  assert.equal(sum(treeOf(FIRST)), FIRST_SUM);
  assert.equal(sum(onDisk(temporaryDirectory(t), FIRST)), FIRST_SUM);
});

test('directoryChecksum: the second published test vector, whose paths sort differently in UTF-16, matches', (t) => {
  assert.equal(sum(treeOf(SECOND)), SECOND_SUM);
  assert.equal(sum(onDisk(temporaryDirectory(t), SECOND)), SECOND_SUM);
});

const expectations = [
  { claim: 'the checksum in the order of whole paths matches', files: SECOND, expected: SECOND_SUM, want: true },
  {
    claim: 'the checksum in the order of path components matches',
    files: SECOND,
    expected: SECOND_BY_COMPONENT,
    want: true,
  },
  { claim: 'another checksum does not match', files: SECOND, expected: FIRST_SUM, want: false },
  {
    claim: 'another checksum does not match when both orders are equal',
    files: FIRST,
    expected: SECOND_SUM,
    want: false,
  },
];

for (const { claim, files, expected, want } of expectations) {
  test(`matchesDirectoryChecksum: ${claim}`, () =>
    assert.equal(matchesDirectoryChecksum(treeOf(files), parseDigest(expected)), want));
}

for (const algorithm of ['sha512', 'sha1', 'md5'] as const) {
  test(`matchesDirectoryChecksum: ${algorithm} uses the same framing`, () => {
    const hex = createHash(algorithm).update(framed(FIRST)).digest('hex');
    assert.ok(matchesDirectoryChecksum(treeOf(FIRST), { algorithm, hex }));
    if (algorithm === 'sha512') assert.deepEqual(directoryChecksum(treeOf(FIRST), algorithm), { algorithm, hex });
  });
}

/** An independent implementation of the framing in the contract. */
function framed(files: Readonly<Record<string, string>>): Buffer {
  const length = (bytes: Buffer) => {
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64BE(BigInt(bytes.length));
    return Buffer.concat([prefix, bytes]);
  };
  const paths = Object.keys(files).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const frames = paths.map((path) => [
    Buffer.from('attune-pack-file-v1'),
    length(Buffer.from(path)),
    length(Buffer.from(files[path] ?? '')),
  ]);
  return Buffer.concat(frames.flat());
}

const paths = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '-', '.', '\u{FB00}', '\u{1F600}'),
  minLength: 1,
  maxLength: 6,
});
const contents = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '/'), maxLength: 4 });
const trees = fc.dictionary(paths, contents, { maxKeys: 5 });

test('directoryChecksum: the checksum is the hash of the framed files, in any input order', () => {
  fc.assert(
    fc.property(trees, fc.infiniteStream(fc.nat()), (files, keys) => {
      const shuffled = Object.entries(files)
        .map((file) => ({ file, key: keys.next().value }))
        .sort((one, other) => one.key - other.key)
        .map(({ file }) => file);
      const want = createHash('sha256').update(framed(files)).digest('hex');
      assert.equal(directoryChecksum(treeOf(Object.fromEntries(shuffled))).hex, want);
    }),
  );
});

test('directoryChecksum: two trees have the same checksum only if they are equal', () => {
  fc.assert(
    fc.property(trees, trees, (one, other) => {
      const entries = (files: object) => JSON.stringify(Object.entries(files).sort());
      assert.equal(sum(treeOf(one)) === sum(treeOf(other)), entries(one) === entries(other));
    }),
  );
});

test('directoryChecksum: moving bytes between a path and a content, or between files, changes the checksum', () => {
  const variants = [{ ab: 'c' }, { a: 'bc' }, { a: 'b', c: '' }, { a: '', b: 'c' }, { 'a/b': 'c' }, {}].map((files) =>
    sum(treeOf(files as Record<string, string>)),
  );
  assert.equal(new Set(variants).size, variants.length);
});

test('directoryChecksum: the chunks of a content do not change the checksum', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70_000, size: 'max' }), { maxLength: 4 }), (chunks) => {
      const whole = Buffer.concat(chunks);
      const file = { path: 'x', size: whole.length, executable: false };
      const cut = { location: '', files: [{ ...file, chunks: () => chunks }] };
      assert.equal(sum(cut), sum({ location: '', files: [{ ...file, chunks: () => [whole] }] }));
    }),
    { numRuns: 30 },
  );
});

test('directoryChecksum: a chunk may be overwritten once the next one is requested', () => {
  const buffer = Buffer.alloc(3);
  function* chunks() {
    for (const text of ['abc', 'def']) {
      buffer.write(text);
      yield buffer;
    }
  }
  const reused = { location: '', files: [{ path: 'x', size: 6, executable: false, chunks }] };
  assert.equal(sum(reused), sum(treeOf({ x: 'abcdef' })));
});

test('directoryChecksum: modes do not change the checksum', () => {
  const tree = treeOf(FIRST);
  const other = { ...tree, files: tree.files.map((file) => ({ ...file, executable: !file.executable })) };
  assert.equal(sum(other), FIRST_SUM);
});

test('directoryChecksum: an empty tree has the hash of an empty input', () => {
  assert.equal(directoryChecksum(treeOf({})).hex, createHash('sha256').digest('hex'));
});

test('directoryChecksum, fingerprint: a file that changes its size after it was listed is an error', (t) => {
  const root = temporaryDirectory(t);
  const tree = onDisk(root, FIRST);
  appendFileSync(join(root, 'pack.yaml'), 'label: x\n');
  for (const hash of [
    directoryChecksum,
    fingerprint,
    (changed: FileTree) => matchesDirectoryChecksum(changed, parseDigest(FIRST_SUM)),
  ]) {
    assert.throws(() => hash(tree), { code: 'INTEGRITY_FILE_CHANGED', message: /pack\.yaml/ });
  }
  writeFileSync(join(root, 'pack.yaml'), '');
  assert.throws(() => directoryChecksum(tree), { code: 'INTEGRITY_FILE_CHANGED' });
});

test('directoryChecksum: a file that is written while it is read is an error', (t) => {
  const root = temporaryDirectory(t);
  const [file] = onDisk(root, { big: 'x'.repeat(3 * 1024 * 1024) }).files;
  assert.ok(file);
  function* chunks() {
    for (const chunk of file?.chunks() ?? []) {
      writeFileSync(join(root, 'big'), 'y');
      yield chunk;
    }
  }
  assert.throws(() => directoryChecksum({ location: root, files: [{ ...file, chunks }] }), {
    code: 'INTEGRITY_FILE_CHANGED',
  });
});

test('fingerprint: it has the checksum and every file, each read once', () => {
  const { files } = treeOf({ ...FIRST, 'a/empty': '' });
  let reads = 0;
  const counted = files.map((file) => ({
    ...file,
    chunks: () => {
      reads += 1;
      return file.chunks();
    },
  }));
  const result = fingerprint({ location: '', files: counted });
  assert.equal(reads, 3);
  assert.deepEqual(result.checksum, directoryChecksum({ location: '', files }));
  assert.equal(result.bytes, 43);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  assert.deepEqual(result.files, [
    { path: 'a/empty', size: 0, sha256: sha256(''), executable: false },
    { path: 'actions/run.sh', size: 18, sha256: sha256(FIRST['actions/run.sh']), executable: true },
    { path: 'pack.yaml', size: 25, sha256: sha256(FIRST['pack.yaml']), executable: false },
  ]);
});

test('FingerprintBuilder: it passes on the content of each file and rejects files that are out of order', () => {
  const tree = treeOf({ 'a-b': 'first', 'a.txt': '', 'a/y.sh': 'last' });
  const builder = new FingerprintBuilder();
  const shown: string[] = [];
  for (const file of tree.files) builder.add(file, (chunk) => shown.push(Buffer.from(chunk).toString()));
  assert.deepEqual(shown.join('|'), 'first||last');
  assert.throws(() => builder.add(tree.files[1]!), /'a\.txt' is out of order/);
  assert.deepEqual(builder.finish(), fingerprint(tree));
});
