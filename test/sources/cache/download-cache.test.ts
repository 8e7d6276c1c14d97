import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { Digest, StrongAlgorithm } from '../../../src/packs/digest.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

const digestOf = (content: Uint8Array | string, algorithm: StrongAlgorithm = 'sha256'): Digest => ({
  algorithm,
  hex: createHash(algorithm).update(content).digest('hex'),
});

/** Creates a cache in a directory that does not exist, and collects its notes. */
function newCache(t: { after(clean: () => void): void }, maxBytes = 1000) {
  const root = temporaryDirectory(t);
  const notes: string[] = [];
  const directory = join(root, 'cache', 'downloads');
  const cache = new DownloadCache(directory, maxBytes, (text) => void notes.push(text));
  const put = (content: Uint8Array | string) => {
    writeFileSync(join(root, 'file'), content);
    cache.put(join(root, 'file'), digestOf(content), digestOf(content, 'sha512'));
  };
  const pathOf = (content: string) => join(directory, 'sha256', digestOf(content).hex);
  return { cache, notes, directory, put, pathOf };
}

/** Sets the last use of a file to a number of minutes ago. */
function age(path: string, minutes: number): void {
  const time = new Date(Date.now() - minutes * 60_000);
  utimesSync(path, time, time);
}

test('DownloadCache finds an archive by its SHA-256 and SHA-512 only', (t) => {
  const { cache, put, notes } = newCache(t);
  assert.equal(cache.get(digestOf('a')), undefined);
  put('a');
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const found = cache.get(digestOf('a', algorithm));
    assert.deepEqual(found?.sha256, digestOf('a'));
    assert.equal(readFileSync(found?.path ?? '', 'utf8'), 'a');
    assert.equal(cache.get(digestOf('b', algorithm)), undefined);
  }
  for (const [algorithm, length] of [
    ['md5', 32],
    ['sha1', 40],
  ] as const) {
    assert.equal(cache.get({ algorithm, hex: '0'.repeat(length) }), undefined);
  }
  assert.deepEqual(notes, []);
});

test('DownloadCache: only the user can read its files', { skip: process.platform === 'win32' }, (t) => {
  const { cache, put, directory } = newCache(t);
  put('a');
  cache.recordUrl(new SafeUrl('https://packs.example/a'), {
    sha256: digestOf('a'),
    etag: '"1"',
    lastModified: undefined,
  });
  const all = readdirSync(join(directory, '..'), { recursive: true, withFileTypes: true });
  assert.equal(all.length, 7);
  for (const entry of all) {
    const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
    assert.equal(mode, entry.isDirectory() ? 0o700 : 0o600, entry.name);
  }
});

test('DownloadCache evicts the least recently used archive and its records first', (t) => {
  const { cache, put, pathOf, directory } = newCache(t, 10);
  for (const content of ['1111', '2222']) {
    put(content);
    cache.recordUrl(new SafeUrl(`https://packs.example/${content}`), {
      sha256: digestOf(content),
      etag: '"1"',
      lastModified: undefined,
    });
  }
  age(pathOf('1111'), 20);
  age(pathOf('2222'), 10);
  const first = cache.get(digestOf('1111'));
  assert.ok(first);
  cache.touch(first);
  put('3333');
  assert.deepEqual(
    cache
      .entries()
      .map(({ sha256 }) => sha256.hex)
      .sort(),
    [digestOf('1111').hex, digestOf('3333').hex].sort(),
  );
  assert.equal(readdirSync(join(directory, 'urls')).length, 1);
  assert.equal(readdirSync(join(directory, 'sha512')).length, 2);
  assert.ok(cache.findByUrl(new SafeUrl('https://packs.example/1111')));
  assert.equal(cache.findByUrl(new SafeUrl('https://packs.example/2222')), undefined);
});

test('DownloadCache does not store an archive above its size limit and evicts nothing for it', (t) => {
  const { cache, put } = newCache(t, 10);
  put('1111');
  put('x'.repeat(11));
  assert.deepEqual(
    cache.entries().map(({ bytes }) => bytes),
    [4],
  );
  const none = newCache(t, 0);
  none.put('1');
  assert.deepEqual(none.cache.entries(), []);
});

test('DownloadCache never exceeds its size limit and always contains the archive stored last', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 }), (contents) => {
      const { cache, put } = newCache(t, 100);
      for (const content of contents) {
        put(content);
        assert.ok(cache.get(digestOf(content)));
        assert.ok(cache.entries().reduce((sum, { bytes }) => sum + bytes, 0) <= 100);
      }
    }),
    { numRuns: 20 },
  );
});

test('DownloadCache.remove removes the given archive only', (t) => {
  const { cache, put } = newCache(t);
  put('a');
  put('b');
  cache.remove(digestOf('a'));
  cache.remove(digestOf('c'));
  assert.equal(cache.get(digestOf('a')), undefined);
  assert.ok(cache.get(digestOf('b')));
});

describe('DownloadCache URL records', () => {
  const URL = 'https://me:s3cret@packs.example/a.zip';
  const record = { sha256: digestOf('a'), etag: '"1"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' };

  test('DownloadCache records a URL with its login, without storing either', (t) => {
    const { cache, put, directory } = newCache(t);
    put('a');
    cache.recordUrl(new SafeUrl(URL), record);
    const { sha256, etag, lastModified } = cache.findByUrl(new SafeUrl(URL)) ?? {};
    assert.deepEqual({ sha256, etag, lastModified }, record);
    assert.equal(cache.findByUrl(new SafeUrl(URL.replace('me:s3cret@', ''))), undefined);
    assert.equal(cache.findByUrl(new SafeUrl(URL.replace('me', 'you'))), undefined);
    const [name = ''] = readdirSync(join(directory, 'urls'));
    assert.doesNotMatch(name + readFileSync(join(directory, 'urls', name), 'utf8'), /s3cret|packs|a\.zip/);
  });

  test('DownloadCache records no URL without a cached archive or without validators', (t) => {
    const { cache, put } = newCache(t);
    cache.recordUrl(new SafeUrl(URL), record);
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
    put('a');
    cache.recordUrl(new SafeUrl(URL), { ...record, etag: undefined, lastModified: undefined });
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
  });

  test('DownloadCache does not find a URL whose archive was removed', (t) => {
    const { cache, put } = newCache(t);
    put('a');
    cache.recordUrl(new SafeUrl(URL), record);
    cache.remove(digestOf('a'));
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
  });

  const sha256 = digestOf('a').hex;
  const records: readonly [claim: string, text: string, etag: string | undefined | null][] = [
    ['that is empty', '', null],
    ['with invalid JSON', '{', null],
    ['with an array', '[]', null],
    ['with null', 'null', null],
    ['with a path instead of a digest', JSON.stringify({ sha256: '../../../../etc/passwd', etag: '"1"' }), null],
    ['with a number instead of a digest', JSON.stringify({ sha256: 1, etag: '"1"' }), null],
    ['with an ETag that contains a line break', JSON.stringify({ sha256, etag: '"1"\r\nx: y' }), undefined],
    ['with a number instead of an ETag', JSON.stringify({ sha256, etag: 1 }), undefined],
    ['that is too long', JSON.stringify({ sha256, etag: `"${'1'.repeat(5000)}"` }), null],
  ];
  for (const [claim, text, etag] of records) {
    test(`DownloadCache does not trust a URL record ${claim}`, (t) => {
      const { cache, put, directory } = newCache(t);
      put('a');
      cache.recordUrl(new SafeUrl(URL), record);
      const [name = ''] = readdirSync(join(directory, 'urls'));
      writeFileSync(join(directory, 'urls', name), text);
      const found = cache.findByUrl(new SafeUrl(URL));
      assert.equal(found === undefined ? null : found.etag, etag);
    });
  }
});

describe('DownloadCache in an unusable directory', () => {
  const rows: readonly {
    claim: string;
    damage: (directory: string) => void;
    notes?: RegExp;
    unprivileged?: boolean;
  }[] = [
    {
      claim: 'a missing directory causes no note',
      damage: (directory) => rmSync(directory, { recursive: true }),
    },
    {
      claim: 'a file in place of the directory causes one note',
      damage: (directory) => {
        rmSync(directory, { recursive: true });
        writeFileSync(directory, '');
      },
      notes: /The download cache cannot be used\. Cannot .*downloads/,
    },
    {
      claim: 'a directory without write permission causes one note',
      damage: (directory) => {
        chmodSync(directory, 0o555);
        for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o555);
      },
      notes: /permission denied/,
      unprivileged: true,
    },
    {
      claim: 'a directory without read permission causes one note',
      damage: (directory) => chmodSync(directory, 0),
      notes: /permission denied/,
      unprivileged: true,
    },
  ];
  for (const { claim, damage, notes: expected, unprivileged: dropPrivileges = false } of rows) {
    test(`DownloadCache: ${claim}`, (t: TestContext) => {
      const { cache, put, notes, directory } = newCache(t);
      put('a');
      const other = join(temporaryDirectory(t), 'b');
      writeFileSync(other, 'b');
      chmodSync(join(other, '..'), 0o755);
      damage(directory);
      const use = () => {
        for (let count = 0; count < 2; count++) {
          cache.get(digestOf('a'));
          cache.put(other, digestOf('b'), digestOf('b', 'sha512'));
          cache.findByUrl(new SafeUrl('https://packs.example/'));
          cache.recordUrl(new SafeUrl('https://packs.example/'), {
            sha256: digestOf('a'),
            etag: '"1"',
            lastModified: undefined,
          });
          cache.entries();
          cache.remove(digestOf('a'));
        }
      };
      if (dropPrivileges) unprivileged(use);
      else use();
      // Restores the permissions that removing the directory requires.
      if (dropPrivileges) chmodSync(directory, 0o700);
      assert.equal(notes.length, expected === undefined ? 0 : 1, notes.join('\n'));
      if (expected !== undefined) assert.match(notes[0] ?? '', expected);
    });
  }
});

test('DownloadCache reads a read-only directory', (t) => {
  const { cache, put, notes, directory } = newCache(t);
  put('a');
  for (const path of [join(directory, '..'), directory, join(directory, 'sha256'), join(directory, 'sha512')])
    chmodSync(path, 0o555);
  const path = cache.get(digestOf('a'))?.path ?? '';
  chmodSync(path, 0o444);
  chmodSync(join(directory, '..', '..'), 0o755);
  unprivileged(() => {
    const found = cache.get(digestOf('a'));
    assert.ok(found);
    assert.equal(readFileSync(found.path, 'utf8'), 'a');
    cache.touch(found);
  });
  assert.deepEqual(notes, []);
});

test('DownloadCache ignores a link or a directory in place of an archive', (t) => {
  const { cache, put, pathOf } = newCache(t);
  put('a');
  symlinkSync('/etc/passwd', pathOf('b'));
  mkdirSync(pathOf('c'));
  for (const content of ['b', 'c']) assert.equal(cache.get(digestOf(content)), undefined);
  assert.deepEqual(
    cache.entries().map(({ sha256 }) => sha256),
    [digestOf('a')],
  );
});

test('DownloadCache ignores temporary files of killed processes and removes them after an hour', (t) => {
  const { cache, put, directory } = newCache(t);
  put('a');
  const temporaryFiles = ['123abc', '456def'].map((id) => join(directory, 'sha256', `${digestOf('b').hex}.${id}.tmp`));
  for (const path of temporaryFiles) writeFileSync(path, randomBytes(10));
  age(temporaryFiles[0] ?? '', 120);
  assert.equal(cache.entries().length, 1);
  put('c');
  assert.deepEqual(
    readdirSync(join(directory, 'sha256')).filter((name) => name.endsWith('.tmp')),
    [temporaryFiles[1]?.split('/').at(-1)],
  );
});
