import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { packTarGz } from '../../src/archives/write-tar.ts';
import { AttuneError } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { compareCodePoints } from '../../src/packs/order.ts';
import type { FileTree } from '../../src/packs/tree.ts';
import { paxEntries, paxRecords, TAR_END, tarEntry, tarGzOf, tarOf, zipOf } from '../world/archives.ts';
import { temporaryDirectory } from '../world/temporary.ts';
import { contents, playground } from './unpacking.ts';

const LONG = `${'long/'.repeat(30)}name`;
const file = (name: string) => ({ name, content: name });

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
    claim: 'a GNU long name that ends with a block of zeros',
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
    claim: "git's PAX global header, which is no entry",
    archive: () =>
      tarOf({ name: 'pax_global_header', type: 'g', content: paxRecords({ comment: '0'.repeat(40) }) }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'a PAX size in place of the own one',
    archive: () => tarOf(...paxEntries({ size: '3' }, { name: 'a', content: 'abc', size: 0 })),
    want: { a: 'abc' },
  },
  {
    claim: 'a tar from before ustar',
    archive: () => tarOf({ ...file('a'), magic: 'none', type: '\0' }, { name: 'd/', magic: 'none', type: '\0' }),
    want: { a: 'a' },
  },
  {
    claim: 'a tar that ends with one block of zeros',
    archive: () => Buffer.concat([tarEntry(file('a')), TAR_END.subarray(512)]),
    want: { a: 'a' },
  },
  {
    claim: 'a tar padded to a large record',
    archive: () => Buffer.concat([tarOf(file('a')), Buffer.alloc(9216)]),
    want: { a: 'a' },
  },
  {
    claim: 'a file of zeros',
    archive: () => tarOf({ name: 'a', content: Buffer.alloc(1500) }, file('b')),
    want: { a: '\0'.repeat(1500), b: 'b' },
  },
  { claim: 'an empty tar but for its root', archive: () => tarOf({ name: './', type: '5' }), want: {} },
  {
    claim: 'a ./ before every name',
    archive: () => tarOf({ name: './', type: '5' }, { name: './d/', type: '5' }, file('./d/a')),
    want: { 'd/a': './d/a' },
  },
  {
    claim: 'an empty directory, which is not written',
    archive: () => tarOf({ name: 'd/', type: '5' }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'a directory behind its files',
    archive: () => tarOf(file('d/a'), { name: 'd', type: '5' }),
    want: { 'd/a': 'd/a' },
  },
  {
    claim: 'a directory with a size, which counts for nothing',
    archive: () => tarOf({ name: 'd', type: '5', size: 4096 }, file('a')),
    want: { a: 'a' },
  },
  {
    claim: 'set-uid, set-gid and sticky bits, which are dropped',
    archive: () => tarOf({ ...file('a'), mode: 0o7755 }, { ...file('b'), mode: 0o7644 }),
    want: { 'a*': 'a', b: 'b' },
  },
  {
    claim: "an execute bit that is not the owner's",
    archive: () => tarOf({ ...file('a'), mode: 0o655 }),
    want: { a: 'a' },
  },
  {
    claim: 'several gzip members',
    archive: () => Buffer.concat([gzipSync(tarEntry(file('a'))), gzipSync(tarOf(file('b')))]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'names that begin like those which are refused',
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
    claim: 'a zip with UTF-8 names that does not say so',
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
    claim: 'a zip of Unix with execute bits',
    archive: () => zipOf([{ ...file('a'), mode: 0o104755 }, { ...file('b'), mode: 0o100644 }, file('c')]),
    want: { 'a*': 'a', b: 'b', c: 'c' },
  },
  {
    claim: 'a zip of Windows, which knows no execute bits',
    archive: () =>
      zipOf([
        { ...file('a'), mode: 0o100755, system: 10 },
        { ...file('b'), system: 0 },
      ]),
    want: { a: 'a', b: 'b' },
  },
  {
    claim: 'a zip of macOS',
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
    claim: 'names that JavaScript knows',
    archive: () => zipOf([file('constructor'), file('toString/x')]),
    want: { constructor: 'constructor', 'toString/x': 'toString/x' },
  },
];

describe('an archive is read that has', () => {
  for (const { claim, archive, want } of ROWS) {
    test(claim, async (t) => {
      const { unpack, destination, surroundings } = playground(t);
      const before = surroundings();
      await unpack(archive());
      assert.deepEqual(Object.fromEntries(contents(destination)), want);
      assert.equal(surroundings(), before);
    });
  }
});

describe('archives of the programs on this system', () => {
  const commands = [
    ['tar', '-cf'],
    ['tar', '-czf'],
    ['tar', '--format=pax', '-cf'],
    ['tar', '--format=v7', '-cf'],
    ['tar', '--format=ustar', '-cf'],
    ['zip', '-qr'],
  ] as const;
  for (const [program, ...words] of commands) {
    test(`${program} ${words.join(' ')}`, async (t) => {
      const source = temporaryDirectory(t);
      mkdirSync(join(source, 'actions', 'empty'), { recursive: true });
      writeFileSync(join(source, 'pack.yaml'), 'ref: demo\n');
      writeFileSync(join(source, 'actions', 'run.sh'), '#!/bin/sh\n');
      chmodSync(join(source, 'actions', 'run.sh'), 0o755);
      writeFileSync(join(source, 'actions', '\u00e9.txt'), Buffer.alloc(100_000, 'text'));
      const archive = join(temporaryDirectory(t), 'archive.bin.zip');
      try {
        execFileSync(program, [...words, archive, '.'], { cwd: source });
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOENT') return t.skip(`there is no ${program} here`);
        throw error;
      }
      const { unpack, destination } = playground(t);
      await unpack(await import('node:fs').then((fs) => fs.readFileSync(archive)));
      assert.deepEqual(contents(destination), contents(source));
    });
  }
});

const component = fc
  .stringMatching(/^[a-z0-9_\u00e9\u4e16-]{1,12}$/)
  .filter((name) => !/^(con|prn|aux|nul|com\d|lpt\d)$/.test(name));
const honestTree = fc
  .dictionary(
    fc.array(component, { minLength: 1, maxLength: 25 }).map((parts) => `d${parts.join('/d')}.x`),
    fc.record({ content: fc.uint8Array({ maxLength: 2000 }), executable: fc.boolean() }),
    { maxKeys: 8 },
  )
  .map(treeOf);

function treeOf(files: Readonly<Record<string, { content: Uint8Array; executable: boolean }>>): FileTree {
  const sorted = Object.entries(files).sort(([one], [other]) => compareCodePoints(one, other));
  return {
    location: 'a property',
    files: sorted.map(([path, { content, executable }]) => ({
      path,
      size: content.length,
      executable,
      chunks: () => [content],
    })),
  };
}

test('any honest tree that is packed comes back as it was', async (t) => {
  await fc.assert(
    fc.asyncProperty(honestTree, async (tree) => {
      const { unpack, destination } = playground(t);
      await unpack(await packTarGz(tree));
      const want = tree.files.map(({ path, executable, chunks }) => [
        path + (executable ? '*' : ''),
        Buffer.concat([...chunks()]).toString('latin1'),
      ]);
      assert.deepEqual([...contents(destination)].sort(), want.sort() as [string, string][]);
    }),
    { numRuns: 40 },
  );
});

test('the same tree is packed to the same bytes, which say nothing of the system', async () => {
  const files = {
    'a/b.sh': { content: Buffer.from('x'), executable: true },
    c: { content: Buffer.alloc(0), executable: false },
  };
  const [one, other] = [await packTarGz(treeOf(files)), await packTarGz(treeOf(files))];
  assert.deepEqual(one, other);
  assert.deepEqual([...one.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  assert.deepEqual(await packTarGz({ location: '', files: [] }), gzipSyncWithoutSystem(TAR_END));
});

function gzipSyncWithoutSystem(content: Buffer): Buffer {
  const packed = gzipSync(content, { level: 9 });
  packed[9] = 255;
  return packed;
}

test('an archive of as many entries as allowed is read, and of one more is not', async (t) => {
  const entries = DEFAULT_LIMITS.entries;
  const names = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}`, method: 0 }));
  const { unpack, destination } = playground(t, { entries: 50 });
  await unpack(zipOf(names(50)));
  assert.equal(contents(destination).size, 50);
  await assert.rejects(playground(t).unpack(zipOf(names(entries + 1))), { code: 'INVALID_TREE_LIMIT' });
});

test('an archive with a few bytes changed is read or refused, and does no harm', async (t) => {
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
      async (honest, changes) => {
        const archive = Buffer.from(honest);
        for (const [place, byte] of changes) archive[Math.floor(place * archive.length)] = byte;
        const { unpack, surroundings, destination } = playground(t);
        const before = surroundings();
        await unpack(archive).catch((error: unknown) => assert(error instanceof AttuneError, String(error)));
        assert.equal(surroundings(), before);
        assert(![...contents(destination).values()].includes('not a file'));
      },
    ),
    { numRuns: 150 },
  );
});
