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
import { contents, createSandbox } from '../support/unpacking.ts';

interface Row {
  readonly claim: string;
  readonly archive: () => Buffer;
  readonly code: string;
  /** Texts that the message must contain. */
  readonly message: string | readonly string[] | RegExp;
  readonly limits?: Partial<Limits>;
}

/** Unsafe names of entries, which are refused in both formats. */
const PATHS: readonly { claim: string; names: readonly (string | Buffer)[]; shown?: string; message: string }[] = [
  { claim: 'an absolute path', names: ['/etc/evil'], message: 'absolute' },
  { claim: 'the root directory itself', names: ['/'], message: 'absolute' },
  { claim: 'a path that begins with ..', names: ['../evil'], message: "'..'" },
  { claim: 'a path with .. in its middle', names: ['a/../../evil'], message: "'..'" },
  { claim: 'a path with .. after a leading ./', names: ['./../evil'], message: "'..'" },
  { claim: 'a directory that ends in ..', names: ['a/../'], message: "'..'" },
  { claim: 'a drive letter', names: ['C:/evil'], message: 'drive letter' },
  { claim: 'a drive letter without a slash', names: ['c:evil'], message: 'drive letter' },
  { claim: 'a drive letter inside of a path', names: ['a/D:/evil'], message: 'drive letter' },
  { claim: 'a UNC path', names: ['\\\\server\\share\\evil'], message: 'UNC' },
  { claim: 'a UNC path with slashes', names: ['//server/share/evil'], message: 'UNC' },
  { claim: 'a .. with a backslash', names: ['..\\evil'], message: 'backslash' },
  { claim: 'a backslash inside of a name', names: ['a\\evil'], message: 'backslash' },
  { claim: 'a newline in a name', names: ['ev\nil'], message: 'control character' },
  { claim: 'an escape sequence in a name', names: ['\u001b[2Jevil'], message: 'control character' },
  { claim: 'a C1 control character in a name', names: ['ev\u009bil'], message: 'control character' },
  {
    claim: 'a name that is not UTF-8',
    names: [Buffer.from('ev\xffil', 'latin1')],
    shown: 'ev\ufffdil',
    message: 'not UTF-8',
  },
  { claim: 'a Windows device name', names: ['NUL'], message: 'Windows device' },
  { claim: 'a Windows device name with an extension', names: ['a/con.yaml'], message: 'Windows device' },
  { claim: 'a Windows device name with spaces before its extension', names: ['aux  .txt'], message: 'Windows device' },
  { claim: 'a Windows device name as directory', names: ['Com1/evil'], message: 'Windows device' },
  { claim: 'a Windows device name with a superscript digit', names: ['LPT\u00b9.log'], message: 'Windows device' },
  { claim: 'a name with a trailing dot', names: ['evil.'], message: 'ends in a dot' },
  { claim: 'a directory of dots', names: ['.../evil'], message: 'ends in a dot' },
  { claim: 'a name with a trailing space', names: ['evil /x'], message: 'ends in a dot or a space' },
  { claim: 'an empty path component', names: ['a//evil'], message: 'empty component' },
  { claim: 'a path component that is a dot', names: ['a/./evil'], message: "'.'" },
  { claim: 'a .git directory', names: ['.git/hooks/post-checkout'], message: '.git' },
  { claim: 'a .git file', names: ['sub/.git'], message: '.git' },
  { claim: '.git in upper case', names: ['.GIT/config'], message: '.git' },
  { claim: '.git with a trailing dot', names: ['.git./config'], message: '.git' },
  { claim: 'the short name of .git', names: ['GIT~1/config'], message: '.git' },
  { claim: '.git with a stream name', names: ['.git::$INDEX_ALLOCATION/config'], message: '.git' },
  { claim: '.git with characters that HFS+ ignores', names: ['.g\u200cit/config'], message: '.git' },
  { claim: 'the same file twice', names: ['evil', 'evil'], message: 'more than once' },
  {
    claim: 'the same file twice, once with a leading ./',
    names: ['evil', './evil'],
    shown: './evil',
    message: 'more than once',
  },
  { claim: 'names that differ in case', names: ['Evil', 'evil'], message: "differs from 'Evil'" },
  { claim: 'directories that differ in case', names: ['A/x', 'a/evil'], message: "in 'a', which differs from 'A'" },
  {
    claim: 'names that differ in Unicode normalization',
    names: ['\u00e9vil', 'e\u0301vil'],
    message: "differs from '\u00e9vil'",
  },
  { claim: 'names that differ in sharp s and double s', names: ['stra\u00dfe', 'STRASSE'], message: 'differs from' },
  { claim: 'a file inside of a file', names: ['a', 'a/evil'], message: "makes 'a' both" },
  { claim: 'a file with the name of a directory', names: ['evil/x', 'evil'], message: "makes 'evil' both" },
  {
    claim: 'a directory with the name of a file',
    names: ['evil', 'evil/'],
    shown: 'evil/',
    message: "makes 'evil' both",
  },
  { claim: 'a component of 256 bytes', names: ['\u00e9'.repeat(128)], message: '255 bytes' },
  { claim: 'a path of more than 4096 bytes', names: ['evil/'.repeat(1000)], shown: 'evil/evil', message: '4096 bytes' },
];

const PATH_ROWS: readonly Row[] = PATHS.flatMap(({ claim, names, shown, message }) => {
  const last = shown ?? String(names.at(-1));
  const expected = { code: 'INVALID_TREE_ENTRY', message: [`'${last}`, message] };
  return [
    { claim: `a tar with ${claim}`, archive: () => tarOf(...names.flatMap(inTar)), ...expected },
    { claim: `a zip with ${claim}`, archive: () => zipOf(names.map((name) => ({ name }))), ...expected },
  ];
});

function inTar(name: string | Buffer): TarEntry[] {
  const type = name.toString().endsWith('/') ? '5' : '0';
  return Buffer.byteLength(name) <= 100
    ? [{ name, type }]
    : paxEntries({ path: String(name) }, { name: 'short', type });
}

const unsafe = (claim: string, message: string | RegExp, archive: () => Buffer): Row => ({
  claim,
  message,
  archive,
  code: 'INVALID_TREE_ENTRY',
});
const invalid = (claim: string, message: string | RegExp, archive: () => Buffer): Row => ({
  claim,
  message,
  archive,
  code: 'INVALID_ARCHIVE',
});
const overLimit = (claim: string, message: string | RegExp, limits: Partial<Limits>, archive: () => Buffer): Row => ({
  claim,
  message,
  limits,
  archive,
  code: 'INVALID_TREE_LIMIT',
});

const GOOD: TarEntry = { name: 'good', content: 'good' };
const zeros = (bytes: number) => Buffer.alloc(bytes);
/** The size of a file that is inflated in chunks. */
const LARGE = 1_200_000;
/** Reproducible bytes that deflate cannot compress. */
const noise = (bytes: number) =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));

const TAR_ROWS: readonly Row[] = [
  unsafe('a tar with a symbolic link', "'evil' is a link", () =>
    tarOf({ name: 'evil', type: '2', link: '/etc/passwd' }),
  ),
  unsafe('a tar with a file through a link', "'a' is a link", () =>
    tarOf({ name: 'a', type: '2', link: '../..' }, { name: 'a/evil', content: 'x' }),
  ),
  unsafe('a tar with a hard link', "'evil' is a link", () => tarOf(GOOD, { name: 'evil', type: '1', link: 'good' })),
  unsafe('a tar with a device', "'evil' is neither", () => tarOf({ name: 'evil', type: '3' })),
  unsafe('a tar with a pipe', "'evil' is neither", () => tarOf({ name: 'evil', type: '6' })),
  unsafe('a tar with a GNU sparse file', "'evil' is neither", () => tarOf({ name: 'evil', type: 'S', magic: 'gnu' })),
  unsafe('a tar with a PAX sparse file', "'evil' is neither", () =>
    tarOf(...paxEntries({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'other' }, { name: 'evil' })),
  ),
  unsafe('a tar with an unknown entry type', "'evil' is neither", () => tarOf({ name: 'evil', type: 'Z' })),
  unsafe('a tar with a NUL in a PAX path', 'NUL', () => tarOf(...paxEntries({ path: 'ev\0il' }, { name: 'x' }))),
  unsafe('a tar with a GNU long name that begins with ..', "'../evil'", () =>
    tarOf({ name: '././@LongLink', type: 'L', content: '../evil\0', magic: 'gnu' }, { name: 'x', magic: 'gnu' }),
  ),
  unsafe('a tar with a ustar prefix of ..', "'../evil'", () => tarOf({ name: 'evil', prefix: '..' })),
  unsafe('a tar with an empty name', "'' has no name", () => tarOf({ name: '', prefix: '' })),
  unsafe('a tar with a file named ./', "'./'", () => tarOf({ name: './', content: 'x' })),
  unsafe(
    'a tar with several unsafe entries and names all of them',
    /3 entries are not safe[\s\S]*'a' is a link[\s\S]*'b' is neither[\s\S]*'\.\.\/c'/,
    () => tarOf({ name: 'a', type: '2' }, GOOD, { name: 'b', type: '4' }, { name: '../c', content: 'x' }),
  ),
  unsafe('a tar with an unsafe entry before it is truncated', "'../evil'", () =>
    tarOf({ name: '../evil' }).subarray(0, 700),
  ),
  unsafe('a tar.gz with a path that begins with ..', "'../evil'", () => tarGzOf({ name: '../evil' })),

  invalid('a tar truncated inside of a file', 'truncated', () =>
    tarOf({ name: 'a', content: zeros(2000) }).subarray(0, 1024),
  ),
  invalid('a tar truncated inside of a header', 'truncated', () => tarOf(GOOD, GOOD).subarray(0, 1100)),
  invalid('a tar truncated between two entries', 'truncated', () => tarEntry(GOOD)),
  invalid('a tar.gz truncated inside of a file of its tar', 'truncated', () =>
    gzipSync(tarOf({ name: 'a', content: zeros(2000) }).subarray(0, 1024)),
  ),
  invalid('a tar.gz whose tar ends after a PAX header', 'truncated', () =>
    gzipSync(tarEntry({ name: 'x', type: 'x', content: paxRecords({ path: 'a' }) })),
  ),
  invalid('a tar.gz without any entry', 'truncated', () => gzipSync('')),
  invalid('a tar.gz that is cut off, with a tar that has no end marker', 'truncated', () =>
    gzipSync(tarEntry(GOOD)).subarray(0, -4),
  ),
  invalid('a tar with entries after the end marker', 'follows its end marker', () =>
    Buffer.concat([tarOf(GOOD), tarOf({ name: 'hidden', content: 'x' })]),
  ),
  invalid('a tar with garbage after the end marker', 'follows its end marker', () =>
    Buffer.concat([tarOf(GOOD), Buffer.alloc(512, 'x')]),
  ),
  invalid('a tar with a few bytes after the end marker', 'follows its end marker', () =>
    Buffer.concat([tarOf(GOOD), Buffer.from('x')]),
  ),
  invalid('a tar with a wrong header checksum', 'headers is invalid', () =>
    tarOf(GOOD, { name: 'a', checksum: '000000\0 ' }),
  ),
  invalid('a tar with a negative PAX size', 'headers is invalid', () => tarOf(...paxEntries({ size: '-1' }, GOOD))),
  invalid('a tar with a PAX size that is not a number', 'headers is invalid', () =>
    tarOf(...paxEntries({ size: 'many' }, GOOD)),
  ),
  invalid('a tar with a PAX header of 5 MiB', 'headers is invalid', () =>
    tarOf({ name: 'x', type: 'x', content: Buffer.alloc(5 << 20, 'x') }),
  ),
  invalid('a tar with PAX records of a wrong length', 'PAX records are malformed', () =>
    tarOf({ name: 'x', type: 'x', content: '99 path=evil\n' }, GOOD),
  ),
  invalid('a tar with PAX records without a length', 'PAX records are malformed', () =>
    tarOf({ name: 'x', type: 'x', content: 'path=evil\n' }, GOOD),
  ),
  invalid('a tar with two PAX headers for one entry', 'two PAX headers', () =>
    tarOf({ name: 'x', type: 'x', content: paxRecords({ path: 'evil' }) }, ...paxEntries({ path: 'good' }, GOOD)),
  ),
  invalid('a tar with a PAX header without an entry', 'does not follow', () =>
    tarOf(GOOD, { name: 'x', type: 'x', content: paxRecords({ path: 'evil' }) }),
  ),
  invalid('a tar with a global PAX header with a path', 'sets the path', () =>
    tarOf({ name: 'x', type: 'g', content: paxRecords({ path: 'evil' }) }, GOOD),
  ),
  invalid('a tar with a size that is not a number', 'not contain a number', () =>
    tarOf({ name: 'a', size: Buffer.from('12z45 ') }),
  ),
  invalid('a tar with a negative size', 'not contain a number', () =>
    tarOf({ name: 'a', size: Buffer.alloc(12, 0xff) }),
  ),
  invalid('a tar with a header hidden in a file by a wrong PAX size', 'headers is invalid', () =>
    tarOf(...paxEntries({ size: '0' }, { name: 'a', content: Buffer.alloc(512, 'not a header') })),
  ),
  invalid('a tar.gz that is truncated', 'truncated', () => tarGzOf(GOOD).subarray(0, -10)),
  invalid('a tar.gz with a wrong checksum', 'gzip compression is damaged', () => {
    const archive = tarGzOf(GOOD);
    archive.writeUInt32LE(0, archive.length - 8);
    return archive;
  }),
  invalid('a tar.gz with garbage after the end', 'gzip compression is damaged', () =>
    Buffer.concat([tarGzOf(GOOD), Buffer.from('garbage')]),
  ),
  invalid('a tar.gz with zeros and garbage after the end', 'other data follows', () =>
    Buffer.concat([tarGzOf(GOOD), zeros(4), Buffer.from('garbage')]),
  ),
  invalid('a gzip file without a tar', 'truncated', () => gzipSync('just text')),
  invalid('an empty gzip file', 'truncated', () => gzipSync('')),

  overLimit(
    'a tar with a file above the limit',
    "'big' has at least 11 bytes; the limit is 10",
    { fileBytes: 10 },
    () => tarOf({ name: 'big', content: zeros(11) }),
  ),
  overLimit('a tar with a file above the limit by its PAX size', "'big'", { fileBytes: 10 }, () =>
    tarOf(...paxEntries({ size: '11' }, { name: 'big', content: zeros(11), size: 0 })),
  ),
  overLimit('a tar with a file with a declared size of 8 TiB', "'big'", {}, () =>
    tarOf(...paxEntries({ size: '8796093022208' }, { name: 'big' })),
  ),
  overLimit('a tar above the total size limit', "'b' it unpacks to at least 20", { unpackedBytes: 19 }, () =>
    tarOf({ name: 'a', content: zeros(10) }, { name: 'b', content: zeros(10) }),
  ),
  overLimit('a tar with too many entries', "'c'", { entries: 2 }, () =>
    tarOf({ name: 'a' }, { name: 'b' }, { name: 'c' }),
  ),
  overLimit('a tar with too many implied directories', "'a/b/c/d'", { entries: 3 }, () => tarOf({ name: 'a/b/c/d' })),
  {
    ...unsafe('a tar with more links than the entry limit', '3 entries are not safe', () =>
      tarOf(...['a', 'b', 'c', 'd'].map((name) => ({ name, type: '2' }))),
    ),
    limits: { entries: 3 },
  },
  overLimit('a tar with the root repeated too often', 'too many entries', { entries: 3 }, () =>
    tarOf(...Array.from({ length: 4 }, () => ({ name: './', type: '5' }))),
  ),
  overLimit('a tar.gz that is a decompression bomb', /'bomb'[\s\S]*ratio of \d{3}/, {}, () =>
    tarGzOf({ name: 'bomb', content: zeros(4 << 20) }),
  ),
  overLimit(
    'a tar.gz that is a decompression bomb of zeros after the end',
    'too long',
    { unpackedBytes: 1 << 20, entries: 1 },
    () => gzipSync(Buffer.concat([tarEntry(GOOD), zeros(2 << 20)])),
  ),
  overLimit(
    'a tar.gz that is a decompression bomb of PAX headers',
    'too long',
    { unpackedBytes: 1 << 20, entries: 1 },
    () =>
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
  unsafe('a zip with a symbolic link', "'evil' is a link", () =>
    zip({ name: 'evil', content: '/etc/passwd', mode: LINK }),
  ),
  unsafe('a zip with a symbolic link marked as made on DOS', "'evil' is a link", () =>
    zip({ name: 'evil', mode: LINK, system: 0 }),
  ),
  unsafe('a zip with a device', "'evil' is neither", () => zip({ name: 'evil', mode: 0o020644 })),
  unsafe('a zip with an encrypted file', "'evil' is encrypted", () =>
    zip({ name: 'evil', content: 'x', flags: 0x0801 }),
  ),
  unsafe('a zip with strong encryption', "'evil' is encrypted", () =>
    zip({ name: 'evil', content: 'x', flags: 0x0840 }),
  ),
  unsafe('a zip with an entry on another disk', "'evil' is in another part", () => zip({ name: 'evil', disk: 1 })),
  unsafe('a zip with a NUL in a name', 'NUL', () => zip({ name: 'ev\0il' })),
  unsafe('a zip with an entry that is a directory by mode only', "'evil' is a file by its name", () =>
    zip({ name: 'evil', mode: 0o040755 }),
  ),
  unsafe('a zip with an entry that is a file by mode only', "'evil/' is a directory by its name", () =>
    zip({ name: 'evil/', mode: 0o100644 }),
  ),
  unsafe('a zip with an empty name', "'' has no name", () => zip({ name: '' })),
  unsafe(
    'a zip with several unsafe entries and names all of them',
    /3 entries are not safe[\s\S]*'a' is a link[\s\S]*'b' is encrypted[\s\S]*'\.\.\/c'/,
    () => zip({ name: 'a', mode: LINK }, { name: 'good' }, { name: 'b', flags: 1 }, { name: '../c' }),
  ),

  invalid('a zip that is a part of a split zip', 'split zip', () => zipOf([{ name: 'a' }], { disk: 1 })),
  invalid('a zip with entries on other disks', 'split zip', () => zipOf([{ name: 'a' }], { countOfAll: 2 })),
  invalid('a zip that is truncated', 'truncated', () => zip({ name: 'a', content: 'x' }).subarray(0, -10)),
  invalid('a zip that is only a signature', 'truncated', () => Buffer.from('PK\x03\x04')),
  invalid('a zip with data after its end', 'does not end where', () =>
    zipOf([{ name: 'a' }], { after: Buffer.from('garbage') }),
  ),
  invalid('a zip with a second end record in the comment', /central directory is not where|does not end where/, () =>
    zipOf([{ name: 'a' }], { comment: zipOf([{ name: 'b' }]) }),
  ),
  invalid('a zip with a wrong directory offset', 'central directory is not where', () =>
    zipOf([{ name: 'a' }], { directoryOffset: 3 }),
  ),
  invalid('a zip with fewer entries than declared', 'damaged at entry 2 of 2', () =>
    zipOf([{ name: 'a' }], { count: 2 }),
  ),
  invalid('a zip with more entries than declared', 'longer or shorter', () =>
    zipOf([{ name: 'a' }, { name: 'b' }], { count: 1 }),
  ),
  invalid('a zip with another name in the local header', "'good' has a different name", () =>
    zip({ name: 'good', localName: 'evil' }),
  ),
  invalid('a zip with another method in the local header', 'has a different compression', () => {
    const archive = zip({ name: 'a', content: 'x', method: 0 });
    archive.writeUInt16LE(8, 8);
    return archive;
  }),
  invalid('a zip with another size in the local header', 'has a different size', () => {
    const archive = zip({ name: 'a', content: 'x', method: 0 });
    archive.writeUInt32LE(2, 22);
    return archive;
  }),
  invalid('a zip with encryption in the local header only', 'has a different encryption', () => {
    const archive = zip({ name: 'a', content: 'x' });
    archive.writeUInt16LE(0x0801, 6);
    return archive;
  }),
  invalid('a zip with a missing Zip64 field', "Zip64 sizes of 'a'", () =>
    zip({ name: 'a', content: 'x', size: 0xffffffff, extra: zipExtra(1, Buffer.alloc(4)) }),
  ),
  invalid('a zip with an entry missing from the directory', "hidden before 'b'", () =>
    zip({ name: 'a', trailing: zip({ name: 'evil', content: 'x'.repeat(50) }).subarray(0, 40) }, { name: 'b' }),
  ),
  invalid('a zip with an entry missing from the directory at its beginning', "hidden before 'a'", () =>
    zipOf([{ name: 'a' }], { before: zip({ name: 'evil' }).subarray(0, 36) }),
  ),
  invalid('a zip with an entry missing from the directory at its end', 'hidden before its central directory', () =>
    zip({ name: 'a', trailing: zip({ name: 'evil' }).subarray(0, 36) }),
  ),
  invalid('a zip without a local header', "the local header of 'a' is missing", () => zip({ name: 'a', offset: 4 })),
  invalid('a zip with content beyond the directory', "'a' is truncated", () =>
    zip({ name: 'a', content: 'x', compressedSize: 5000 }),
  ),
  invalid('a zip with two entries that share content', 'has a different name', () =>
    zip({ name: 'a', content: 'x' }, { name: 'a2', localName: 'a', offset: 0 }),
  ),
  invalid('a zip with entries that overlap', "'a' and 'b' overlap", () =>
    zip(
      { name: 'a', content: 'xxxx', method: 0, compressedSize: 30, size: 30 },
      { name: 'b', content: 'x'.repeat(40), method: 0 },
    ),
  ),
  invalid('a zip with an unknown compression method', "'a' uses compression method 14", () =>
    zip({ name: 'a', content: 'x', method: 14 }),
  ),
  invalid('a zip with a wrong checksum', "'a' cannot be unpacked", () => zip({ name: 'a', content: 'x', crc: 1 })),
  invalid('a zip with a checksum that is correct in the local header only', 'CRC-32', () =>
    zip({ name: 'a', content: 'x', crc: 1, localCrc: crc32('x') }),
  ),
  invalid('a zip with less content than declared', "'a' has 1 byte instead of the declared 2", () =>
    zip({ name: 'a', content: 'x', size: 2 }),
  ),
  invalid('a zip with more content than declared', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: 'xx', size: 1 }),
  ),
  invalid('a zip with content that cannot be inflated', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: 'x', packed: Buffer.from('\xff\xff\xff', 'latin1') }),
  ),
  ...[0, 8].flatMap((method) => [
    invalid(`a zip with a large file with a wrong checksum, method ${method}`, 'CRC-32', () =>
      zip({ name: 'a', content: noise(LARGE), method, crc: 1 }),
    ),
    invalid(`a zip with a large file shorter than declared, method ${method}`, "'a' has 1200000 bytes instead", () =>
      zip({ name: 'a', content: noise(LARGE), method, size: LARGE + 1 }),
    ),
    invalid(`a zip with a large file longer than declared, method ${method}`, 'more than the declared', () =>
      zip({ name: 'a', content: noise(LARGE), method, size: LARGE - 1 }),
    ),
  ]),
  invalid('a zip with a large file that cannot be inflated', "'a' cannot be unpacked", () =>
    zip({ name: 'a', size: LARGE, packed: Buffer.alloc(LARGE, 0xff) }),
  ),
  invalid('a zip with a large file that ends early', "'a' cannot be unpacked", () =>
    zip({ name: 'a', content: noise(LARGE), packed: deflateRawSync(noise(LARGE)).subarray(0, -1000) }),
  ),
  invalid('a zip with a directory with content', "directory 'a' has content", () => zip({ name: 'a/', content: 'x' })),

  overLimit('a zip with too many entries', 'it has 3 entries', { entries: 2 }, () =>
    zip({ name: 'a' }, { name: 'b' }, { name: 'c' }),
  ),
  overLimit('a zip with too many declared entries', 'it has 60000 entries', {}, () =>
    zipOf([{ name: 'a' }], { count: 60_000 }),
  ),
  overLimit('a zip with too many implied directories', "'a/b/c/d'", { entries: 3 }, () => zip({ name: 'a/b/c/d' })),
  overLimit(
    'a zip with a file above the limit',
    "'big' has at least 11 bytes; the limit is 10",
    { fileBytes: 10 },
    () => zip({ name: 'big', content: zeros(11) }),
  ),
  overLimit('a zip above the total size limit', "'b' it unpacks to at least 20", { unpackedBytes: 19 }, () =>
    zip({ name: 'a', content: zeros(10) }, { name: 'b', content: zeros(10) }),
  ),
  overLimit('a zip with a file with a declared size of 4 GiB', "'big'", {}, () =>
    zip({ name: 'big', content: 'x', size: 0xfffffffe }),
  ),
  overLimit('a zip that is a decompression bomb', /'bomb'[\s\S]*ratio of \d{3}/, {}, () =>
    zip({ name: 'bomb', content: zeros(4 << 20) }),
  ),
  overLimit('a zip above the archive size limit', 'it has', { archiveBytes: 100 }, () =>
    zip({ name: 'a', content: 'x' }),
  ),
  invalid('a zip that is a decompression bomb with a wrong declared size', "'bomb' cannot be unpacked", () =>
    zip({ name: 'bomb', content: 'x', packed: deflateRawSync(zeros(4 << 20)) }),
  ),
  overLimit('a zip with a name of too many directories', /'a\/a\//, { entries: 100 }, () =>
    zip({ name: 'a/'.repeat(2000) }),
  ),
  unsafe('a zip with a name of 64 KB', '4096 bytes', () => zip({ name: 'a/'.repeat(32_000) })),
];

const OTHER_ROWS: readonly Row[] = [
  invalid('an empty file', 'an empty file', () => Buffer.alloc(0)),
  invalid('an HTML page', 'an HTML page', () => Buffer.from('\n<!DOCTYPE html><title>Not Found</title>')),
  invalid('a JSON document', 'a JSON document', () => Buffer.from('{"message": "Not Found"}')),
  invalid('a text file', 'text that begins with "Not Found"', () => Buffer.from('Not Found')),
  invalid('another kind of archive', 'an xz file', () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])),
  invalid('binary data of an unknown format', 'bytes 7f454c46', () =>
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
  ),
  invalid('a block of zeros', 'binary data', () => zeros(1024)),
];

describe('unpacking', () => {
  for (const row of [...PATH_ROWS, ...TAR_ROWS, ...ZIP_ROWS, ...OTHER_ROWS]) {
    test(`unpacking refuses ${row.claim}`, async (t) => {
      const { unpack, surroundings, destination } = createSandbox(t, row.limits);
      const before = surroundings();
      const archive = row.archive();
      const error: unknown = await unpack(archive).then(
        () => assert.fail('the archive was accepted'),
        (thrown: unknown) => thrown,
      );
      assert(error instanceof AttuneError, String(error));
      assert.equal(error.code, row.code, error.message);
      if (row.message instanceof RegExp) assert.match(error.message, row.message);
      else {
        for (const text of [row.message].flat()) {
          assert(error.message.includes(text), `the message lacks '${text}': ${error.message}`);
        }
      }
      assert.match(error.message, /archive 'x'/);
      assert.equal(surroundings(), before);
      assert(![...contents(destination).values()].includes('not a file'));
    });
  }
});
