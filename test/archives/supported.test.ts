import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { packTarGz } from '../../src/archives/tar/write-tar.ts';
import { AttuneError } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { FileTree } from '../../src/packs/tree/tree.ts';
import { paxEntries, paxRecords, TAR_END, tarEntry, tarGzOf, tarOf, zipExtra, zipOf } from '../support/archives.ts';
import { memoryTree } from '../support/memory-tree.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { contents, createSandbox } from '../support/unpacking.ts';

const LONG = `${'long/'.repeat(30)}name`;
const file = (name: string) => ({ name, content: name });

const SIZES = [0, 1, 511, 512, 513, 65_535, 65_536, 262_143, 262_144, 262_145];
const LARGE = Buffer.alloc(2_500_000, 'a large text that does not fit into one chunk; ');
const IN_ZIP64_FIELD = 0xffffffff;
const CAFE_IN_CP437 = Buffer.from('caf\x82', 'latin1');

function unicodePath(path: string, rawName: Buffer): Buffer {
  const head = Buffer.alloc(5, 1);
  head.writeUInt32LE(crc32(rawName), 1);
  return zipExtra(0x7075, Buffer.concat([head, Buffer.from(path)]));
}

const ROWS: readonly { claim: string; archive: () => Buffer; want: Readonly<Record<string, string>> }[] = [
  {
    claim: 'a PAX long name',
    archive: () => tarOf(...paxEntries({ path: LONG }, { name: 'short', content: 'x' })),
    want: { [LONG]: 'x' },
  },
  {
    claim: 'a GNU long name',
    archive: () =>
      tarOf(
        { name: '././@LongLink', type: 'L', content: `${LONG}\0`, magic: 'gnu' },
        { name: LONG.slice(0, 99), content: 'x', magic: 'gnu' },
      ),
    want: { [LONG]: 'x' },
  },
  {
    claim: 'a GNU long name that fills its last block',
    archive: () => {
      const name = `${'long/'.repeat(101)}1234567`;
      return tarOf(
        { name: 'first', content: '1' },
        { name: '././@LongLink', type: 'L', content: `${name}\0`, magic: 'gnu' },
        { name: name.slice(0, 99), content: 'x', magic: 'gnu' },
      );
    },
    want: { first: '1', [`${'long/'.repeat(101)}1234567`]: 'x' },
  },
  {
    claim: 'a ustar prefix',
    archive: () => tarOf({ ...file('name'), prefix: 'some/where' }),
    want: { 'some/where/name': 'name' },
  },
  {
    claim: "git's global PAX header, which is not an entry",
    archive: () =>
      tarOf({ name: 'pax_global_header', type: 'g', content: paxRecords({ comment: '0'.repeat(40) }) }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'a PAX size that replaces the size in the header',
    archive: () => tarOf(...paxEntries({ size: '3' }, { name: 'a', content: 'abc', size: 0 })),
    want: { a: 'abc' },
  },
  {
    claim: 'the format from before ustar',
    archive: () => tarOf({ ...file('a'), magic: 'none', type: '\0' }, { name: 'd/', magic: 'none', type: '\0' }),
    want: { a: 'a' },
  },
  {
    claim: 'an end marker of one block of zeros',
    archive: () => Buffer.concat([tarEntry(file('a')), TAR_END.subarray(512)]),
    want: { a: 'a' },
  },
  {
    claim: 'padding to a large record',
    archive: () => Buffer.concat([tarOf(file('a')), Buffer.alloc(9216)]),
    want: { a: 'a' },
  },
  {
    claim: 'a file of zeros',
    archive: () => tarOf({ name: 'a', content: Buffer.alloc(1500) }, file('b')),
    want: { a: '\0'.repeat(1500), b: 'b' },
  },
  { claim: 'no entry but the root directory', archive: () => tarOf({ name: './', type: '5' }), want: {} },
  {
    claim: 'a leading ./ in every name',
    archive: () => tarOf({ name: './', type: '5' }, { name: './d/', type: '5' }, file('./d/a')),
    want: { 'd/a': './d/a' },
  },
  {
    claim: 'an empty directory, which is not written',
    archive: () => tarOf({ name: 'd/', type: '5' }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'a directory listed after its files',
    archive: () => tarOf(file('d/a'), { name: 'd', type: '5' }),
    want: { 'd/a': 'd/a' },
  },
  {
    claim: 'a directory with a size, which is ignored',
    archive: () => tarOf({ name: 'd', type: '5', size: 4096 }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'set-uid, set-gid and sticky bits, which are dropped',
    archive: () => tarOf({ ...file('a'), mode: 0o7755 }, { ...file('b'), mode: 0o7644 }),
    want: { 'a*': 'a', b: 'b' },
  },
  {
    claim: 'an execute bit for group and others only',
    archive: () => tarOf({ ...file('a'), mode: 0o655 }),
    want: { a: 'a' },
  },
  {
    claim: 'unrelated PAX records, such as fractional times',
    archive: () =>
      tarOf(
        ...paxEntries(
          { mtime: '1755827638.123456789', atime: '1.5', 'SCHILY.xattr.user.note': 'a\n7 b=c\n' },
          file('a'),
        ),
      ),
    want: { a: 'a' },
  },
  {
    claim: 'a PAX header and a GNU long name for one entry, in either order',
    archive: () =>
      tarOf(
        { name: 'PaxHeaders/0', type: 'x', content: paxRecords({ path: 'by-pax' }) },
        { name: '././@LongLink', type: 'L', content: 'by-gnu\0', magic: 'gnu' },
        file('one'),
        { name: '././@LongLink', type: 'L', content: 'by-gnu\0', magic: 'gnu' },
        { name: 'PaxHeaders/0', type: 'x', content: paxRecords({ mtime: '1.5' }) },
        file('two'),
      ),
    want: { 'by-gnu': 'two', 'by-pax': 'one' },
  },
  {
    claim: 'binary sizes as in GNU tar',
    archive: () => {
      const size = Buffer.alloc(12);
      size[0] = 0x80;
      size[11] = 1;
      return tarOf({ name: 'a', content: 'x', size });
    },
    want: { a: 'x' },
  },
  {
    claim: 'numbers with leading spaces or without a terminator',
    archive: () =>
      tarOf(
        { name: 'a', content: 'x', size: Buffer.from('          1 ') },
        { ...file('b'), size: Buffer.from('000000000001') },
      ),
    want: { a: 'x', b: 'b' },
  },
  { claim: 'a contiguous file', archive: () => tarOf({ ...file('a'), type: '7' }), want: { a: 'a' } },
  {
    claim: 'a gzip header with a name, a comment and a checksum',
    archive: () => {
      const plain = tarGzOf(file('a'));
      const header = Buffer.concat([plain.subarray(0, 10), Buffer.from('x.tar\0made by hand\0')]);
      header[3] = 0x02 | 0x08 | 0x10;
      const checksum = Buffer.alloc(2);
      checksum.writeUInt16LE(crc32(header) & 0xffff);
      return Buffer.concat([header, checksum, plain.subarray(10)]);
    },
    want: { a: 'a' },
  },
  {
    claim: 'an empty gzip member at the end',
    archive: () => Buffer.concat([tarGzOf(file('a')), gzipSync('')]),
    want: { a: 'a' },
  },
  {
    claim: 'files with sizes around those of blocks and chunks',
    archive: () => tarGzOf(...SIZES.map((size) => ({ name: `s${size}`, content: Buffer.alloc(size, 'x') }))),
    want: Object.fromEntries(SIZES.map((size) => [`s${size}`, 'x'.repeat(size)])),
  },
  {
    claim: 'several gzip members',
    archive: () => Buffer.concat([gzipSync(tarEntry(file('a'))), gzipSync(tarOf(file('b')))]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'names that begin like refused names',
    archive: () => tarGzOf(file('.gitignore'), file('console'), file('..a'), file('.a'), file('git~')),
    want: { '..a': '..a', '.a': '.a', '.gitignore': '.gitignore', console: 'console', 'git~': 'git~' },
  },
  {
    claim: 'a zip with data descriptors',
    archive: () =>
      zipOf([
        { ...file('a'), descriptor: true },
        { ...file('b'), descriptor: true },
      ]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'a zip with data descriptors without a signature',
    archive: () =>
      zipOf([
        { ...file('a'), descriptor: 'unsigned' },
        { name: 'b', method: 0, descriptor: 'unsigned' },
      ]),
    want: { a: 'a', b: '' },
  },
  {
    claim: "a zip with Info-ZIP's Unicode path in addition to a DOS name",
    archive: () =>
      zipOf([{ ...file(''), name: CAFE_IN_CP437, flags: 0, extra: unicodePath('caf\u00e9', CAFE_IN_CP437) }]),
    want: { 'caf\u00e9': '' },
  },
  {
    claim: 'a zip with a stale Unicode path from before the entry was renamed',
    archive: () => zipOf([{ ...file('new'), flags: 0, extra: unicodePath('old', Buffer.from('old')) }]),
    want: { new: 'new' },
  },
  {
    claim: 'a zip with sizes in a Zip64 field that follows other fields',
    archive: () => {
      const sizes = Buffer.alloc(16);
      sizes.writeBigUInt64LE(1n, 0);
      sizes.writeBigUInt64LE(1n, 8);
      const extra = Buffer.concat([zipExtra(0x5455, Buffer.alloc(5)), zipExtra(1, sizes)]);
      return zipOf([
        { ...file('a'), method: 0, size: IN_ZIP64_FIELD, compressedSize: IN_ZIP64_FIELD, extra, localExtra: extra },
      ]);
    },
    want: { a: 'a' },
  },
  {
    claim: 'a zip with extra fields in its local headers',
    archive: () => zipOf([{ ...file('a'), localExtra: zipExtra(0x5455, Buffer.alloc(9)) }, file('b')]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'a zip whose directory lists the contents in another order',
    archive: () => zipOf([file('a'), file('b'), file('c')], { reversed: true }),
    want: { a: 'a', b: 'b', c: 'c' },
  },
  {
    claim: 'a zip with padding between its entries',
    archive: () => zipOf([{ ...file('a'), trailing: Buffer.alloc(4096) }, file('b')]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'a zip with large files, which are inflated in chunks',
    archive: () => zipOf([0, 8].map((method) => ({ name: `m${method}`, method, content: LARGE }))),
    want: { m0: LARGE.toString('latin1'), m8: LARGE.toString('latin1') },
  },
  {
    claim: 'a zip in a zip',
    archive: () => zipOf([{ name: 'inner.zip', method: 0, content: zipOf([file('a')]) }, file('b')]),
    want: { 'inner.zip': zipOf([file('a')]).toString('latin1'), b: 'b' },
  },
  {
    claim: 'a zip made by the macOS Finder, with its metadata files',
    archive: () =>
      zipOf([
        { ...file('p/a'), mode: 0o100644, descriptor: true },
        { name: '__MACOSX/', mode: 0o040775, method: 0 },
        { ...file('__MACOSX/p/._a'), mode: 0o100644, descriptor: true },
      ]),
    want: { '__MACOSX/p/._a': '__MACOSX/p/._a', 'p/a': 'p/a' },
  },
  {
    claim: 'a zip with UTF-8 names but without the UTF-8 flag',
    archive: () => zipOf([{ ...file('\u{1F600}/\u00e9'), flags: 0 }]),
    want: { '\u{1F600}/\u00e9': Buffer.from('\u{1F600}/\u00e9').toString('latin1') },
  },
  {
    claim: 'a zip with stored and empty files',
    archive: () => zipOf([{ ...file('a'), method: 0 }, { name: 'b', method: 0 }, { name: 'c' }]),
    want: { a: 'a', b: '', c: '' },
  },
  {
    claim: 'a zip with directories',
    archive: () => zipOf([{ name: 'd/', mode: 0o040755, method: 0 }, { name: 'e/' }, file('d/a')]),
    want: { 'd/a': 'd/a' },
  },
  {
    claim: 'a zip made on Unix with execute bits',
    archive: () => zipOf([{ ...file('a'), mode: 0o104755 }, { ...file('b'), mode: 0o100644 }, file('c')]),
    want: { 'a*': 'a', b: 'b', c: 'c' },
  },
  {
    claim: 'a zip made on Windows, where execute bits are ignored',
    archive: () =>
      zipOf([
        { ...file('a'), mode: 0o100755, system: 10 },
        { ...file('b'), system: 0 },
      ]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'a zip made on macOS with execute bits',
    archive: () => zipOf([{ ...file('a'), mode: 0o100755, system: 19 }]),
    want: { 'a*': 'a' },
  },
  {
    claim: 'a zip with a comment',
    archive: () => zipOf([file('a')], { comment: Buffer.from('made by hand') }),
    want: { a: 'a' },
  },
  { claim: 'a Zip64', archive: () => zipOf([file('a')], { zip64: true }), want: { a: 'a' } },
  { claim: 'an empty zip', archive: () => zipOf([]), want: {} },
  {
    claim: 'names of JavaScript object properties',
    archive: () => zipOf([file('constructor'), file('toString/x')]),
    want: { constructor: 'constructor', 'toString/x': 'toString/x' },
  },
];

describe('unpacking', () => {
  for (const { claim, archive, want } of ROWS) {
    test(`unpacking supports ${claim}`, async (t) => {
      const { unpack, destination, surroundings } = createSandbox(t);
      const before = surroundings();
      await unpack(archive());
      assert.deepEqual(Object.fromEntries(contents(destination)), want);
      assert.equal(surroundings(), before);
    });
  }
});

describe('unpacking archives of installed programs', () => {
  const commands = [
    ['tar', '-cf'],
    ['tar', '-czf'],
    ['tar', '--format=pax', '-cf'],
    ['tar', '--format=v7', '-cf'],
    ['tar', '--format=ustar', '-cf'],
    ['zip', '-qr'],
  ] as const;
  for (const [program, ...args] of commands) {
    test(`unpacking restores the files that ${program} ${args.join(' ')} packed`, async (t) => {
      const source = temporaryDirectory(t);
      mkdirSync(join(source, 'actions', 'empty'), { recursive: true });
      writeFileSync(join(source, 'pack.yaml'), 'ref: demo\n');
      writeFileSync(join(source, 'actions', 'run.sh'), '#!/bin/sh\n');
      chmodSync(join(source, 'actions', 'run.sh'), 0o755);
      writeFileSync(join(source, 'actions', '\u00e9.txt'), Buffer.alloc(100_000, 'text'));
      const archive = join(temporaryDirectory(t), 'archive.bin.zip');
      try {
        execFileSync(program, [...args, archive, '.'], { cwd: source });
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOENT') return t.skip(`${program} is not installed`);
        throw error;
      }
      const { unpack, destination } = createSandbox(t);
      await unpack(await import('node:fs').then((fs) => fs.readFileSync(archive)));
      assert.deepEqual(contents(destination), contents(source));
    });
  }
});

test('unpacking accepts a tar without its end marker in a complete gzip stream, with a warning', async (t) => {
  const { unpack, destination, warnings } = createSandbox(t);
  await unpack(gzipSync(Buffer.concat([tarEntry(file('a')), tarEntry(file('b'))])));
  assert.deepEqual(Object.fromEntries(contents(destination)), { a: 'a', b: 'b' });
  assert.deepEqual(warnings, [
    "The tar in archive 'x' has no end marker. It was read to the end of its gzip stream, which is complete.",
  ]);
});

test('packTarGz: the same tree gives the same bytes, independent of the operating system', async () => {
  const files = {
    'a/b.sh': { content: Buffer.from('x'), executable: true },
    c: { content: Buffer.alloc(0), executable: false },
  };
  const packed = async (tree: FileTree) => Buffer.concat(await Array.fromAsync(packTarGz(tree)));
  const [first, second] = [await packed(memoryTree(files)), await packed(memoryTree(files))];
  assert.deepEqual(first, second);
  assert.deepEqual([...first.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  assert.deepEqual(await packed({ location: '', files: [] }), gzipSyncWithoutSystem(TAR_END));
});

function gzipSyncWithoutSystem(content: Buffer): Buffer {
  const packed = gzipSync(content);
  packed[9] = 255;
  return packed;
}

test('unpacking accepts an archive at the entry limit and refuses one above it', async (t) => {
  const entries = DEFAULT_LIMITS.entries;
  const names = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}`, method: 0 }));
  const { unpack, destination } = createSandbox(t, { entries: 50 });
  await unpack(zipOf(names(50)));
  assert.equal(contents(destination).size, 50);
  await assert.rejects(createSandbox(t).unpack(zipOf(names(entries + 1))), { code: 'INVALID_TREE_LIMIT' });
});

test('unpacking reads or refuses a corrupted archive and leaves other files unchanged', async (t) => {
  const entries = [
    { name: 'a/b', content: Buffer.alloc(700, 'b') },
    { name: 'a/', type: '5' },
    ...paxEntries({ path: LONG }, file('c')),
  ];
  const tar = tarOf(...entries);
  const archives = [tar, gzipSync(tar), zipOf([file('a/b'), { ...file('c'), descriptor: true, mode: 0o100755 }])];
  const change = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    fc.integer({ min: 0, max: 255 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...archives),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (intact, changes) => {
        const archive = Buffer.from(intact);
        for (const [position, byte] of changes) archive[Math.floor(position * archive.length)] = byte;
        const { unpack, surroundings, destination } = createSandbox(t);
        const before = surroundings();
        await unpack(archive).catch((error: unknown) => assert(error instanceof AttuneError, String(error)));
        assert.equal(surroundings(), before);
        assert(![...contents(destination).values()].includes('not a file'));
      },
    ),
    { numRuns: 150 },
  );
});
