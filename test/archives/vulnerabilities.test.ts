/**
 * Published vulnerabilities of other programs. Packs contain no links, so a single rule prevents most escapes from a
 * directory; the other cases are archives that two programs read differently.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { UnsafeEntry } from '../../src/archives/guard/errors.ts';
import { AttuneError } from '../../src/errors.ts';
import type { Limits } from '../../src/limits.ts';
import { paxEntries, paxRecords, type TarEntry, tarEntry, tarOf, type ZipEntry, zipOf } from '../support/archives.ts';
import { contents, createSandbox } from '../support/unpacking.ts';

interface RefusedCase {
  readonly id: string;
  readonly claim: string;
  readonly archive: () => Buffer;
  readonly limits?: Partial<Limits>;
  /** The rule for entries that the archive breaks, or the code of another error. */
  readonly by: string;
}

interface ReadCase {
  readonly id: string;
  readonly claim: string;
  readonly archive: () => Buffer;
  readonly want: Readonly<Record<string, string>>;
}

const OUTSIDE = '../../staging/sibling/file';
const directory = (name: string): TarEntry => ({ name, type: '5' });
const symbolic = (name: string, link: string): TarEntry => ({ name, type: '2', link });
const hard = (name: string, link: string): TarEntry => ({ name, type: '1', link });
const evil = (name: string): TarEntry => ({ name, content: 'evil' });
const LINK = 0o120777;

const NODE_TAR: readonly RefusedCase[] = [
  {
    id: 'CVE-2015-8860',
    claim: 'a link out of the directory',
    archive: () => tarOf(symbolic('up', '../..'), evil('up/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2021-32803',
    claim: 'a link that replaces a directory which is cached as a directory',
    archive: () => tarOf(directory('d/'), symbolic('d', '../..'), evil('d/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2021-32804',
    claim: 'an absolute path with a repeated root',
    archive: () => tarOf(evil('////etc/evil')),
    by: 'unc',
  },
  {
    id: 'CVE-2021-37701',
    claim: 'a link with the name of a cached directory if backslashes are separators',
    archive: () => tarOf(directory('a\\d'), symbolic('a/d', '../..'), evil('a\\d/evil')),
    by: 'backslash',
  },
  {
    id: 'CVE-2021-37701',
    claim: 'a link with the name of a cached directory in another case',
    archive: () => tarOf(directory('FOO'), symbolic('foo', '../..'), evil('FOO/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2021-37712',
    claim: 'a link with the name of a cached directory in another Unicode form',
    archive: () => tarOf(directory('caf\u00e9'), symbolic('cafe\u0301', '../..'), evil('caf\u00e9/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2021-37712',
    claim: 'two directories with one name in different Unicode forms',
    archive: () => tarOf(evil('caf\u00e9/a'), evil('cafe\u0301/b')),
    by: 'case-clash',
  },
  {
    id: 'CVE-2021-37713',
    claim: 'a path with .. after a drive letter',
    archive: () => tarOf(evil('C:../evil')),
    by: 'drive-letter',
  },
  {
    id: 'CVE-2021-37713',
    claim: 'a path relative to the current directory of another drive',
    archive: () => tarOf(evil('C:some\\path')),
    by: 'drive-letter',
  },
  {
    id: 'CVE-2024-28863',
    claim: 'a path of 50,000 directories',
    archive: () => tarOf(...paxEntries({ path: `${'a/'.repeat(50_000)}evil` }, evil('evil'))),
    by: 'path-length',
  },
  {
    id: 'CVE-2024-28863',
    claim: 'many directories in several short paths',
    archive: () =>
      tarOf(
        ...Array.from({ length: 12 }, (_, index) =>
          paxEntries({ path: `${index}/${'a/'.repeat(50)}evil` }, evil('evil')),
        ).flat(),
      ),
    limits: { entries: 500 },
    by: 'INVALID_TREE_LIMIT',
  },
  {
    id: 'CVE-2026-23745',
    claim: 'a hard link to an absolute path',
    archive: () => tarOf(hard('a', '/etc/passwd'), evil('a')),
    by: 'link',
  },
  {
    id: 'CVE-2026-23745',
    claim: 'a symbolic link to an absolute path',
    archive: () => tarOf(symbolic('a', '/etc/passwd')),
    by: 'link',
  },
  {
    id: 'CVE-2026-23950',
    claim: 'a link whose name equals that of a file on macOS',
    archive: () => tarOf(symbolic('stra\u00dfe', OUTSIDE), evil('strasse')),
    by: 'link',
  },
  {
    id: 'CVE-2026-23950',
    claim: 'two files whose names are equal on macOS',
    archive: () => tarOf(evil('stra\u00dfe'), evil('strasse')),
    by: 'case-clash',
  },
  {
    id: 'CVE-2026-24842',
    claim: 'a hard link that is checked relative to another directory than it is created in',
    archive: () => tarOf(directory('a/b/c'), hard('a/b/c/d', `a/b/${OUTSIDE}`)),
    by: 'link',
  },
  {
    id: 'CVE-2026-26960',
    claim: 'a hard link through a chain of symbolic links',
    archive: () =>
      tarOf(directory('a/b'), symbolic('a/b/up', '../..'), symbolic('c', 'a/b/up/..'), hard('d', 'c/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2026-29786',
    claim: 'a hard link with .. after a drive letter',
    archive: () => tarOf(hard('a', 'C:../evil')),
    by: 'link',
  },
  {
    id: 'CVE-2026-31802',
    claim: 'a symbolic link with .. after a drive letter',
    archive: () => tarOf(symbolic('a', 'C:../../../evil'), evil('a')),
    by: 'link',
  },
];

const OTHER_TARS: readonly RefusedCase[] = [
  {
    id: 'RUSTSEC-2018-0002 (tar-rs)',
    claim: 'a file that overwrites a hard link to a file outside',
    archive: () => tarOf(hard('a', OUTSIDE), evil('a')),
    by: 'link',
  },
  {
    id: 'RUSTSEC-2021-0080 (tar-rs)',
    claim: 'directories through a link',
    archive: () => tarOf(symbolic('link', '../../../up'), evil('link/d/e/evil')),
    by: 'link',
  },
  {
    id: 'CVE-2026-33056 (tar-rs)',
    claim: 'a directory that changes the mode of the target of a link',
    archive: () => tarOf(symbolic('foo', '/etc'), { name: 'foo/.', type: '5', mode: 0o777 }),
    by: 'link',
  },
  {
    id: 'CVE-2026-32766 (astral-tokio-tar)',
    claim: 'malformed PAX records',
    archive: () => tarOf({ name: 'x', type: 'x', content: '8 path=evil\n' }, evil('good')),
    by: 'INVALID_ARCHIVE',
  },
  {
    id: 'CVE-2026-5223 (Cargo)',
    claim: "a link to another pack's files",
    archive: () => tarOf(symbolic('src', '../sibling'), evil('src/file')),
    by: 'link',
  },
  {
    id: 'CVE-2026-32288 (Go archive/tar)',
    claim: 'a sparse file with an endless map',
    archive: () => tarOf({ name: 'evil', type: 'S', magic: 'gnu', content: Buffer.alloc(1 << 16, '1') }),
    by: 'special',
  },
];

const zip = (...entries: readonly ZipEntry[]) => zipOf(entries);
const QUOTED = { name: 'b', content: 'bomb', method: 0, mode: 0o100644 };

const ZIPS: readonly RefusedCase[] = [
  {
    id: 'CVE-2018-1002204 (adm-zip)',
    claim: 'a path that begins with ..',
    archive: () => zip({ name: '../../evil', content: 'evil' }),
    by: 'parent',
  },
  {
    id: 'CVE-2018-1002204 (adm-zip)',
    claim: 'a path with .. and backslashes',
    archive: () => zip({ name: '..\\..\\evil', content: 'evil' }),
    by: 'backslash',
  },
  {
    id: 'CVE-2026-39244 (adm-zip)',
    claim: 'a file of one byte with a declared size of 4 GiB',
    archive: () => zip({ name: 'a', content: 'x', size: 0xfffffffe }),
    by: 'INVALID_TREE_LIMIT',
  },
  {
    id: 'CVE-2026-39244 (adm-zip)',
    claim: 'a file of one byte with a declared size within the file limit',
    archive: () => zip({ name: 'a', content: 'x', size: 100 << 20 }),
    by: 'INVALID_TREE_LIMIT',
  },
  {
    id: 'CVE-2025-29787 (zip for Rust)',
    claim: 'a file through a link from an earlier entry',
    archive: () => zip({ name: 'up', content: '../..', mode: LINK }, { name: 'up/evil', content: 'evil' }),
    by: 'link',
  },
  {
    id: 'CVE-2024-0450 (CPython zipfile)',
    claim: 'an entry whose content includes the header of the next entry',
    archive: () => {
      // Stored, so that the header of `b` is a part of the content of `a`.
      const whole = zip(QUOTED);
      const quoted = whole.subarray(0, whole.readUInt32LE(whole.length - 6));
      return zip(
        { name: 'a', method: 0, content: '', compressedSize: quoted.length, size: quoted.length, crc: crc32(quoted) },
        QUOTED,
      );
    },
    by: 'INVALID_ARCHIVE',
  },
  {
    id: 'CVE-2025-54368 (uv)',
    claim: 'an entry that only sequential readers see',
    archive: () => zip({ name: 'good', trailing: zip({ name: 'evil', content: 'evil' }).subarray(0, 40) }),
    by: 'INVALID_ARCHIVE',
  },
  {
    id: 'CVE-2025-54368 (uv)',
    claim: 'an entry that has another name for sequential readers',
    archive: () => zip({ name: 'good', localName: 'evil' }),
    by: 'INVALID_ARCHIVE',
  },
  {
    id: 'CVE-2025-54368 (uv)',
    claim: 'two concatenated zips',
    archive: () => Buffer.concat([zip({ name: 'good' }), zip({ name: 'evil' })]),
    by: 'INVALID_ARCHIVE',
  },
];

describe('published vulnerabilities: refused archives', () => {
  for (const { id, claim, archive, limits, by } of [...NODE_TAR, ...OTHER_TARS, ...ZIPS]) {
    test(`unpacking refuses ${claim}: ${id.includes('(') ? id : `${id} (node-tar)`}`, async (t) => {
      const { unpack, surroundings, destination } = createSandbox(t, limits);
      const before = surroundings();
      const error: unknown = await unpack(archive()).catch((thrown: unknown) => thrown);
      assert(error instanceof AttuneError, 'the archive was accepted');
      const reported = error instanceof UnsafeEntry ? error.violations.map(({ rule }) => rule) : [error.code];
      assert(reported.includes(by), `${by} is not reported: ${error.message}`);
      assert.equal(surroundings(), before);
      assert(![...contents(destination).values()].includes('not a file'));
    });
  }
});

const INNER = tarOf(evil('evil'));

const DESYNCHRONIZED: readonly ReadCase[] = [
  {
    id: 'CVE-2025-62518 (tokio-tar)',
    claim: 'a header size of zero with a larger PAX size: the content is not an entry',
    archive: () => tarOf(...paxEntries({ size: String(INNER.length) }, { name: 'inner.tar', content: INNER, size: 0 })),
    want: { 'inner.tar': INNER.toString('latin1') },
  },
  {
    id: 'CVE-2026-33055 (tar-rs)',
    claim: 'a header size smaller than the PAX size: the end of the content is not an entry',
    archive: () =>
      tarOf(...paxEntries({ size: String(INNER.length) }, { name: 'inner.tar', content: INNER, size: 512 })),
    want: { 'inner.tar': INNER.toString('latin1') },
  },
  {
    id: 'RUSTSEC-2026-0112 (astral-tokio-tar)',
    claim: 'a PAX header before a GNU long name: it applies to the file',
    archive: () =>
      Buffer.concat([
        tarEntry({ name: 'x', type: 'x', content: paxRecords({ size: '3' }) }),
        tarEntry({ name: '././@LongLink', type: 'L', content: 'a-long-name\0', magic: 'gnu' }),
        tarOf({ name: 'short', content: 'abc', size: 0 }),
      ]),
    want: { 'a-long-name': 'abc' },
  },
];

describe('published vulnerabilities: archives that are read as the standard requires', () => {
  for (const { id, claim, archive, want } of DESYNCHRONIZED) {
    test(`unpacking follows the standard for ${claim}: ${id}`, async (t) => {
      const { unpack, destination } = createSandbox(t);
      await unpack(archive());
      assert.deepEqual(Object.fromEntries(contents(destination)), want);
    });
  }
});
