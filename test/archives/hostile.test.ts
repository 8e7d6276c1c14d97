import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { describe, test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { AttuneError } from '../../src/errors.ts';
import type { Limits } from '../../src/limits.ts';
import {
  paxEntries,
  paxRecords,
  type TarEntry,
  tarEntry,
  tarGzOf,
  tarOf,
  type ZipEntry,
  zipExtra,
  zipOf,
} from '../support/archives.ts';
import { contents, playground } from '../support/unpacking.ts';

interface Row {
  readonly claim: string;
  readonly archive: () => Buffer;
  readonly code: string;
  /** What the message has to hold. */
  readonly says: string | readonly string[] | RegExp;
  readonly limits?: Partial<Limits>;
}

/** One row each for what a path can be; both formats have to refuse it. */
const PATHS: readonly { claim: string; names: readonly (string | Buffer)[]; named?: string; says: string }[] = [
  { claim: 'an absolute path', names: ['/etc/evil'], says: 'absolute' },
  { claim: 'the root directory itself', names: ['/'], says: 'absolute' },
  { claim: 'a path that climbs out', names: ['../evil'], says: "'..'" },
  { claim: 'a path that climbs out on the way', names: ['a/../../evil'], says: "'..'" },
  { claim: 'a path that climbs out behind a leading ./', names: ['./../evil'], says: "'..'" },
  { claim: 'a climbing directory', names: ['a/../'], says: "'..'" },
  { claim: 'a drive letter', names: ['C:/evil'], says: 'drive letter' },
  { claim: 'a drive letter without a root', names: ['c:evil'], says: 'drive letter' },
  { claim: 'a drive letter inside', names: ['a/D:/evil'], says: 'drive letter' },
  { claim: 'a UNC path', names: ['\\\\server\\share\\evil'], says: 'UNC' },
  { claim: 'a UNC path with slashes', names: ['//server/share/evil'], says: 'UNC' },
  { claim: 'a backslash that climbs', names: ['..\\evil'], says: 'backslash' },
  { claim: 'a backslash inside', names: ['a\\evil'], says: 'backslash' },
  { claim: 'a newline', names: ['ev\nil'], says: 'control character' },
  { claim: 'an escape sequence', names: ['\u001b[2Jevil'], says: 'control character' },
  { claim: 'a C1 control character', names: ['ev\u009bil'], says: 'control character' },
  {
    claim: 'a name that is not UTF-8',
    names: [Buffer.from('ev\xffil', 'latin1')],
    named: 'ev\ufffdil',
    says: 'not UTF-8',
  },
  { claim: 'a device', names: ['NUL'], says: 'Windows device' },
  { claim: 'a device with an extension', names: ['a/con.yaml'], says: 'Windows device' },
  { claim: 'a device with spaces before its extension', names: ['aux  .txt'], says: 'Windows device' },
  { claim: 'a device as directory', names: ['Com1/evil'], says: 'Windows device' },
  { claim: 'a device with a superscript digit', names: ['LPT\u00b9.log'], says: 'Windows device' },
  { claim: 'a trailing dot', names: ['evil.'], says: 'ends in a dot' },
  { claim: 'a directory of dots', names: ['.../evil'], says: 'ends in a dot' },
  { claim: 'a trailing space', names: ['evil /x'], says: 'ends in a dot or a space' },
  { claim: 'an empty component', names: ['a//evil'], says: 'empty component' },
  { claim: 'a component that is only a dot', names: ['a/./evil'], says: "'.'" },
  { claim: 'a .git directory', names: ['.git/hooks/post-checkout'], says: '.git' },
  { claim: 'a .git file', names: ['sub/.git'], says: '.git' },
  { claim: '.git in capitals', names: ['.GIT/config'], says: '.git' },
  { claim: '.git with a trailing dot', names: ['.git./config'], says: '.git' },
  { claim: '.git by its short name', names: ['GIT~1/config'], says: '.git' },
  { claim: '.git as a stream', names: ['.git::$INDEX_ALLOCATION/config'], says: '.git' },
  { claim: '.git with characters that HFS+ ignores', names: ['.g\u200cit/config'], says: '.git' },
  { claim: 'the same file twice', names: ['evil', 'evil'], says: 'more than once' },
  {
    claim: 'the same file once more behind a leading ./',
    names: ['evil', './evil'],
    named: './evil',
    says: 'more than once',
  },
  { claim: 'names that differ in case', names: ['Evil', 'evil'], says: "differs from 'Evil'" },
  { claim: 'directories that differ in case', names: ['A/x', 'a/evil'], says: "in 'a', which differs from 'A'" },
  { claim: 'names that differ in normalisation', names: ['\u00e9vil', 'e\u0301vil'], says: "differs from '\u00e9vil'" },
  { claim: 'sharp s beside a double s', names: ['stra\u00dfe', 'STRASSE'], says: 'differs from' },
  { claim: 'a file in a file', names: ['a', 'a/evil'], says: "makes 'a' both" },
  { claim: 'a file where a directory is', names: ['evil/x', 'evil'], says: "makes 'evil' both" },
  { claim: 'a directory where a file is', names: ['evil', 'evil/'], named: 'evil/', says: "makes 'evil' both" },
  { claim: 'a component of 256 bytes', names: ['\u00e9'.repeat(128)], says: '255 bytes' },
  { claim: 'a path of more than 4096 bytes', names: ['evil/'.repeat(1000)], named: 'evil/evil', says: '4096 bytes' },
];

const PATH_ROWS: readonly Row[] = PATHS.flatMap(({ claim, names, named, says }) => {
  const last = named ?? String(names.at(-1));
  const expected = { code: 'INVALID_TREE_ENTRY', says: [`'${last}`, says] };
  return [
    { claim: `tar: ${claim}`, archive: () => tarOf(...names.flatMap(inTar)), ...expected },
    { claim: `zip: ${claim}`, archive: () => zipOf(names.map((name) => ({ name }))), ...expected },
  ];
});

function inTar(name: string | Buffer): TarEntry[] {
  const type = name.toString().endsWith('/') ? '5' : '0';
  return Buffer.byteLength(name) <= 100
    ? [{ name, type }]
    : paxEntries({ path: String(name) }, { name: 'short', type });
}

const entry = (claim: string, says: string | RegExp, archive: () => Buffer): Row => ({
  claim,
  says,
  archive,
  code: 'INVALID_TREE_ENTRY',
});
const broken = (claim: string, says: string | RegExp, archive: () => Buffer): Row => ({
  claim,
  says,
  archive,
  code: 'INVALID_ARCHIVE',
});
const limit = (claim: string, says: string | RegExp, limits: Partial<Limits>, archive: () => Buffer): Row => ({
  claim,
  says,
  limits,
  archive,
  code: 'INVALID_TREE_LIMIT',
});

const GOOD: TarEntry = { name: 'good', content: 'good' };
const zeros = (bytes: number) => Buffer.alloc(bytes);
/** Bytes of a file that is inflated piece by piece. */
const LARGE = 1_200_000;
/** The same bytes each time, which deflate makes little of. */
const noise = (bytes: number) =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));

const TAR_ROWS: readonly Row[] = [
  entry('tar: a symbolic link', "'evil' is a link", () => tarOf({ name: 'evil', type: '2', link: '/etc/passwd' })),
  entry('tar: a file through a link', "'a' is a link", () =>
    tarOf({ name: 'a', type: '2', link: '../..' }, { name: 'a/evil', content: 'x' }),
  ),
  entry('tar: a hard link', "'evil' is a link", () => tarOf(GOOD, { name: 'evil', type: '1', link: 'good' })),
  entry('tar: a device', "'evil' is neither", () => tarOf({ name: 'evil', type: '3' })),
  entry('tar: a pipe', "'evil' is neither", () => tarOf({ name: 'evil', type: '6' })),
  entry('tar: a sparse file of GNU', "'evil' is neither", () => tarOf({ name: 'evil', type: 'S', magic: 'gnu' })),
  entry('tar: a sparse file of PAX', "'evil' is neither", () =>
    tarOf(...paxEntries({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'other' }, { name: 'evil' })),
  ),
  entry('tar: a type that nobody knows', "'evil' is neither", () => tarOf({ name: 'evil', type: 'Z' })),
  entry('tar: a NUL in a PAX path', 'NUL', () => tarOf(...paxEntries({ path: 'ev\0il' }, { name: 'x' }))),
  entry('tar: a GNU long name that climbs out', "'../evil'", () =>
    tarOf({ name: '././@LongLink', type: 'L', content: '../evil\0', magic: 'gnu' }, { name: 'x', magic: 'gnu' }),
  ),
  entry('tar: a prefix that climbs out', "'../evil'", () => tarOf({ name: 'evil', prefix: '..' })),
  entry('tar: no name at all', "'' has no name", () => tarOf({ name: '', prefix: '' })),
  entry('tar: a file named ./', "'./'", () => tarOf({ name: './', content: 'x' })),
  entry(
    'tar: all that is wrong, not the first only',
    /3 of its entries[\s\S]*'a' is a link[\s\S]*'b' is neither[\s\S]*'\.\.\/c'/,
    () => tarOf({ name: 'a', type: '2' }, GOOD, { name: 'b', type: '4' }, { name: '../c', content: 'x' }),
  ),
  entry('tar: a refused entry before the data breaks off', "'../evil'", () =>
    tarOf({ name: '../evil' }).subarray(0, 700),
  ),
  entry('tar.gz: a path that climbs out', "'../evil'", () => tarGzOf({ name: '../evil' })),

  broken('tar: cut off inside a file', 'cut off', () => tarOf({ name: 'a', content: zeros(2000) }).subarray(0, 1024)),
  broken('tar: cut off inside a header', 'cut off', () => tarOf(GOOD, GOOD).subarray(0, 1100)),
  broken('tar: cut off between two entries', 'cut off', () => tarEntry(GOOD)),
  broken('tar: entries behind the end marker', 'follow after its end marker', () =>
    Buffer.concat([tarOf(GOOD), tarOf({ name: 'hidden', content: 'x' })]),
  ),
  broken('tar: rubbish behind the end marker', 'follow after its end marker', () =>
    Buffer.concat([tarOf(GOOD), Buffer.alloc(512, 'x')]),
  ),
  broken('tar: a few bytes behind the end marker', 'follow after its end marker', () =>
    Buffer.concat([tarOf(GOOD), Buffer.from('x')]),
  ),
  broken('tar: a wrong header checksum', 'headers is broken', () => tarOf(GOOD, { name: 'a', checksum: '000000\0 ' })),
  broken('tar: a PAX size below zero', 'headers is broken', () => tarOf(...paxEntries({ size: '-1' }, GOOD))),
  broken('tar: a PAX size that is no number', 'headers is broken', () => tarOf(...paxEntries({ size: 'many' }, GOOD))),
  broken('tar: a PAX header of 5 MiB', 'headers is broken', () =>
    tarOf({ name: 'x', type: 'x', content: Buffer.alloc(5 << 20, 'x') }),
  ),
  broken('tar: PAX records of a wrong length', 'cannot be told apart', () =>
    tarOf({ name: 'x', type: 'x', content: '99 path=evil\n' }, GOOD),
  ),
  broken('tar: PAX records without a length', 'cannot be told apart', () =>
    tarOf({ name: 'x', type: 'x', content: 'path=evil\n' }, GOOD),
  ),
  broken('tar: two PAX headers of one entry', 'two of PAX', () =>
    tarOf({ name: 'x', type: 'x', content: paxRecords({ path: 'evil' }) }, ...paxEntries({ path: 'good' }, GOOD)),
  ),
  broken('tar: a PAX header of no entry', 'does not follow', () =>
    tarOf(GOOD, { name: 'x', type: 'x', content: paxRecords({ path: 'evil' }) }),
  ),
  broken('tar: a global PAX header with a path', 'one path', () =>
    tarOf({ name: 'x', type: 'g', content: paxRecords({ path: 'evil' }) }, GOOD),
  ),
  broken('tar: a size that is no number', 'no number', () => tarOf({ name: 'a', size: Buffer.from('12z45 ') })),
  broken('tar: a size below zero', 'no number', () => tarOf({ name: 'a', size: Buffer.alloc(12, 0xff) })),
  broken('tar: a header that hides in a file by a wrong PAX size', 'headers is broken', () =>
    tarOf(...paxEntries({ size: '0' }, { name: 'a', content: Buffer.alloc(512, 'not a header') })),
  ),
  broken('tar.gz: cut off', 'cut off', () => tarGzOf(GOOD).subarray(0, -10)),
  broken('tar.gz: a wrong checksum', 'gzip compression is broken', () => {
    const archive = tarGzOf(GOOD);
    archive.writeUInt32LE(0, archive.length - 8);
    return archive;
  }),
  broken('tar.gz: rubbish behind the end', 'gzip compression is broken', () =>
    Buffer.concat([tarGzOf(GOOD), Buffer.from('rubbish')]),
  ),
  broken('tar.gz: zeros and rubbish behind the end', 'other data follows', () =>
    Buffer.concat([tarGzOf(GOOD), zeros(4), Buffer.from('rubbish')]),
  ),
  broken('tar.gz: no tar inside', 'cut off', () => gzipSync('just text')),
  broken('tar.gz: nothing inside', 'cut off', () => gzipSync('')),

  limit('tar: a file above the limit', "'big' has at least 11 bytes; 10", { fileBytes: 10 }, () =>
    tarOf({ name: 'big', content: zeros(11) }),
  ),
  limit('tar: a file above the limit by its PAX size', "'big'", { fileBytes: 10 }, () =>
    tarOf(...paxEntries({ size: '11' }, { name: 'big', content: zeros(11), size: 0 })),
  ),
  limit('tar: a file that declares 8 TiB', "'big'", {}, () =>
    tarOf(...paxEntries({ size: '8796093022208' }, { name: 'big' })),
  ),
  limit('tar: too much in all', "'b' it unpacks to at least 20", { unpackedBytes: 19 }, () =>
    tarOf({ name: 'a', content: zeros(10) }, { name: 'b', content: zeros(10) }),
  ),
  limit('tar: too many entries', "'c'", { entries: 2 }, () => tarOf({ name: 'a' }, { name: 'b' }, { name: 'c' })),
  limit('tar: too many directories, though only implied', "'a/b/c/d'", { entries: 3 }, () =>
    tarOf({ name: 'a/b/c/d' }),
  ),
  {
    ...entry('tar: links without end', '3 of its entries', () =>
      tarOf(...['a', 'b', 'c', 'd'].map((name) => ({ name, type: '2' }))),
    ),
    limits: { entries: 3 },
  },
  limit('tar: the root over and over', 'too many entries', { entries: 3 }, () =>
    tarOf(...Array.from({ length: 4 }, () => ({ name: './', type: '5' }))),
  ),
  limit('tar.gz: a bomb', /'bomb'[\s\S]*ratio of \d{3}/, {}, () => tarGzOf({ name: 'bomb', content: zeros(4 << 20) })),
  limit('tar.gz: a bomb of zeros behind the end', 'too long', { unpackedBytes: 1 << 20, entries: 1 }, () =>
    gzipSync(Buffer.concat([tarEntry(GOOD), zeros(2 << 20)])),
  ),
  limit('tar.gz: a bomb of PAX headers', 'too long', { unpackedBytes: 1 << 20, entries: 1 }, () =>
    tarGzOf(
      ...Array.from({ length: 3 }, () => ({
        name: 'x',
        type: 'g',
        content: paxRecords({ comment: 'x'.repeat(1 << 20) }),
      })),
    ),
  ),
];

const LINK = 0o120777;
const zip = (...entries: readonly ZipEntry[]) => zipOf(entries);

const ZIP_ROWS: readonly Row[] = [
  entry('zip: a symbolic link', "'evil' is a link", () => zip({ name: 'evil', content: '/etc/passwd', mode: LINK })),
  entry('zip: a symbolic link that says it is from DOS', "'evil' is a link", () =>
    zip({ name: 'evil', mode: LINK, system: 0 }),
  ),
  entry('zip: a device', "'evil' is neither", () => zip({ name: 'evil', mode: 0o020644 })),
  entry('zip: an encrypted file', "'evil' is encrypted", () => zip({ name: 'evil', content: 'x', flags: 0x0801 })),
  entry('zip: strong encryption', "'evil' is encrypted", () => zip({ name: 'evil', content: 'x', flags: 0x0840 })),
  entry('zip: an entry on another disk', "'evil' is on another part", () => zip({ name: 'evil', disk: 1 })),
  entry('zip: a NUL in a name', 'NUL', () => zip({ name: 'ev\0il' })),
  entry('zip: a directory by mode but not by name', "'evil' is a file by its name", () =>
    zip({ name: 'evil', mode: 0o040755 }),
  ),
  entry('zip: a file by mode but not by name', "'evil/' is a directory by its name", () =>
    zip({ name: 'evil/', mode: 0o100644 }),
  ),
  entry('zip: no name at all', "'' has no name", () => zip({ name: '' })),
  entry(
    'zip: all that is wrong, not the first only',
    /3 of its entries[\s\S]*'a' is a link[\s\S]*'b' is encrypted[\s\S]*'\.\.\/c'/,
    () => zip({ name: 'a', mode: LINK }, { name: 'good' }, { name: 'b', flags: 1 }, { name: '../c' }),
  ),

  broken('zip: a part of a split one', 'split zip', () => zipOf([{ name: 'a' }], { disk: 1 })),
  broken('zip: entries on other disks', 'split zip', () => zipOf([{ name: 'a' }], { countOfAll: 2 })),
  broken('zip: cut off', 'cut off', () => zip({ name: 'a', content: 'x' }).subarray(0, -10)),
  broken('zip: nothing but a signature', 'cut off', () => Buffer.from('PK\x03\x04')),
  broken('zip: data behind its end', 'does not end where', () =>
    zipOf([{ name: 'a' }], { after: Buffer.from('rubbish') }),
  ),
  broken('zip: a second end record in the comment', /central directory is not where|does not end where/, () =>
    zipOf([{ name: 'a' }], { comment: zipOf([{ name: 'b' }]) }),
  ),
  broken('zip: a directory that is elsewhere', 'central directory is not where', () =>
    zipOf([{ name: 'a' }], { directoryOffset: 3 }),
  ),
  broken('zip: fewer entries than it says', 'broken at entry 2 of 2', () => zipOf([{ name: 'a' }], { count: 2 })),
  broken('zip: more entries than it says', 'longer or shorter', () =>
    zipOf([{ name: 'a' }, { name: 'b' }], { count: 1 }),
  ),
  broken('zip: another name in the local header', "'good' gives it another name", () =>
    zip({ name: 'good', localName: 'evil' }),
  ),
  broken('zip: another method in the local header', 'gives it another compression', () => {
    const archive = zip({ name: 'a', content: 'x', method: 0 });
    archive.writeUInt16LE(8, 8);
    return archive;
  }),
  broken('zip: another size in the local header', 'gives it another size', () => {
    const archive = zip({ name: 'a', content: 'x', method: 0 });
    archive.writeUInt32LE(2, 22);
    return archive;
  }),
  broken('zip: encrypted by the local header only', 'gives it another encryption', () => {
    const archive = zip({ name: 'a', content: 'x' });
    archive.writeUInt16LE(0x0801, 6);
    return archive;
  }),
  broken('zip: sizes that are in no field', "Zip64 sizes of 'a'", () =>
    zip({ name: 'a', content: 'x', size: 0xffffffff, extra: zipExtra(1, Buffer.alloc(4)) }),
  ),
  broken('zip: an entry that is not in the directory', "hidden before 'b'", () =>
    zip({ name: 'a', behind: zip({ name: 'evil', content: 'x'.repeat(50) }).subarray(0, 40) }, { name: 'b' }),
  ),
  broken('zip: such an entry at the beginning', "hidden before 'a'", () =>
    zipOf([{ name: 'a' }], { before: zip({ name: 'evil' }).subarray(0, 36) }),
  ),
  broken('zip: such an entry at the end', 'hidden before its central directory', () =>
    zip({ name: 'a', behind: zip({ name: 'evil' }).subarray(0, 36) }),
  ),
  broken('zip: no local header', "the local header of 'a' is missing", () => zip({ name: 'a', offset: 4 })),
  broken('zip: content beyond the directory', "'a' is cut off", () =>
    zip({ name: 'a', content: 'x', compressedSize: 5000 }),
  ),
  broken('zip: two entries with one content', 'gives it another name', () =>
    zip({ name: 'a', content: 'x' }, { name: 'a2', localName: 'a', offset: 0 }),
  ),
  broken('zip: entries that overlap', "'a' and 'b' overlap", () =>
    zip(
      { name: 'a', content: 'xxxx', method: 0, compressedSize: 30, size: 30 },
      { name: 'b', content: 'x'.repeat(40), method: 0 },
    ),
  ),
  broken('zip: a method that nobody knows', "'a' is compressed by method 14", () =>
    zip({ name: 'a', content: 'x', method: 14 }),
  ),
  broken('zip: a checksum that does not match', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: 'x', crc: 1 }),
  ),
  broken('zip: a checksum that matches in the local header only', 'CRC-32', () =>
    zip({ name: 'a', content: 'x', crc: 1, localCrc: crc32('x') }),
  ),
  broken('zip: less content than it declares', "'a' has 1 bytes where 2", () =>
    zip({ name: 'a', content: 'x', size: 2 }),
  ),
  broken('zip: more content than it declares', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: 'xx', size: 1 }),
  ),
  broken('zip: content that cannot be inflated', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: 'x', packed: Buffer.from('\xff\xff\xff', 'latin1') }),
  ),
  ...[0, 8].flatMap((method) => [
    broken(`zip: a large file of another checksum, method ${method}`, 'CRC-32', () =>
      zip({ name: 'a', content: noise(LARGE), method, crc: 1 }),
    ),
    broken(`zip: less content than a large file declares, method ${method}`, "'a' has 1200000 bytes where", () =>
      zip({ name: 'a', content: noise(LARGE), method, size: LARGE + 1 }),
    ),
    broken(`zip: more content than a large file declares, method ${method}`, 'more than the', () =>
      zip({ name: 'a', content: noise(LARGE), method, size: LARGE - 1 }),
    ),
  ]),
  broken('zip: a large file that cannot be inflated', "'a' cannot be unpacked", () =>
    zip({ name: 'a', size: LARGE, packed: Buffer.alloc(LARGE, 0xff) }),
  ),
  broken('zip: a large file that ends early', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: noise(LARGE), packed: deflateRawSync(noise(LARGE)).subarray(0, -1000) }),
  ),
  broken('zip: a directory with content', "directory 'a' has content", () => zip({ name: 'a/', content: 'x' })),

  limit('zip: too many entries', 'it has 3 entries', { entries: 2 }, () =>
    zip({ name: 'a' }, { name: 'b' }, { name: 'c' }),
  ),
  limit('zip: too many entries, said before any is read', 'it has 60000 entries', {}, () =>
    zipOf([{ name: 'a' }], { count: 60_000 }),
  ),
  limit('zip: too many directories, though only implied', "'a/b/c/d'", { entries: 3 }, () => zip({ name: 'a/b/c/d' })),
  limit('zip: a file above the limit', "'big' has at least 11 bytes; 10", { fileBytes: 10 }, () =>
    zip({ name: 'big', content: zeros(11) }),
  ),
  limit('zip: too much in all', "'b' it unpacks to at least 20", { unpackedBytes: 19 }, () =>
    zip({ name: 'a', content: zeros(10) }, { name: 'b', content: zeros(10) }),
  ),
  limit('zip: a file that declares 4 GiB', "'big'", {}, () => zip({ name: 'big', content: 'x', size: 0xfffffffe })),
  limit('zip: a bomb', /'bomb'[\s\S]*ratio of \d{3}/, {}, () => zip({ name: 'bomb', content: zeros(4 << 20) })),
  limit('zip: an archive above the limit', 'it has', { archiveBytes: 100 }, () => zip({ name: 'a', content: 'x' })),
  broken('zip: a bomb that lies about its size', "'bomb' cannot be unpacked", () =>
    zip({ name: 'bomb', content: 'x', packed: deflateRawSync(zeros(4 << 20)) }),
  ),
  limit('zip: a name made of directories without end', /'a\/a\//, { entries: 100 }, () =>
    zip({ name: 'a/'.repeat(2000) }),
  ),
  entry('zip: a name of 64 KB', '4096 bytes', () => zip({ name: 'a/'.repeat(32_000) })),
];

const OTHER_ROWS: readonly Row[] = [
  broken('an empty file', 'an empty file', () => Buffer.alloc(0)),
  broken('a web page', 'an HTML page', () => Buffer.from('\n<!DOCTYPE html><title>Not Found</title>')),
  broken('a JSON document', 'a JSON document', () => Buffer.from('{"message": "Not Found"}')),
  broken('a text', 'text that begins with "Not Found"', () => Buffer.from('Not Found')),
  broken('another kind of archive', 'an xz file', () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])),
  broken('some other binary data', 'bytes 7f454c46', () => Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])),
  broken('a block of zeros', 'binary data', () => zeros(1024)),
];

describe('an archive is refused that holds', () => {
  for (const row of [...PATH_ROWS, ...TAR_ROWS, ...ZIP_ROWS, ...OTHER_ROWS]) {
    test(row.claim, async (t) => {
      const { unpack, surroundings, destination } = playground(t, row.limits);
      const before = surroundings();
      const archive = row.archive();
      const error: unknown = await unpack(archive).then(
        () => assert.fail('it was accepted'),
        (thrown: unknown) => thrown,
      );
      assert(error instanceof AttuneError, String(error));
      assert.equal(error.code, row.code, error.message);
      const words = row.says instanceof RegExp ? [] : [row.says].flat();
      for (const word of words) assert(error.message.includes(word), `${word} is not in: ${error.message}`);
      if (row.says instanceof RegExp) assert.match(error.message, row.says);
      assert.match(error.message, /archive 'x'/);
      assert.equal(surroundings(), before);
      assert(![...contents(destination).values()].includes('not a file'));
    });
  }
});
