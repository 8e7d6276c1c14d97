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

/** A cache in a directory that is not there yet, and what it notes. */
function newCache(t: { after(clean: () => void): void }, maxBytes = 1000) {
  const root = temporaryDirectory(t);
  const notes: string[] = [];
  const directory = join(root, 'cache', 'downloads');
  const cache = new DownloadCache(directory, maxBytes, (text) => void notes.push(text));
  const put = (content: Uint8Array | string) => {
    writeFileSync(join(root, 'file'), content);
    cache.put(join(root, 'file'), digestOf(content), digestOf(content, 'sha512'));
  };
  const place = (content: string) => join(directory, 'sha256', digestOf(content).hex);
  return { cache, notes, directory, put, place };
}

/** As if it had been used so many minutes ago. */
function age(path: string, minutes: number): void {
  const at = new Date(Date.now() - minutes * 60_000);
  utimesSync(path, at, at);
}

test('an archive is found by its digests, and by no other', (t) => {
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

test('what is in it is for its user alone', { skip: process.platform === 'win32' }, (t) => {
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

test('what was used longest ago goes first, and its notes with it', (t) => {
  const { cache, put, place, directory } = newCache(t, 10);
  for (const content of ['1111', '2222']) {
    put(content);
    cache.recordUrl(new SafeUrl(`https://packs.example/${content}`), {
      sha256: digestOf(content),
      etag: '"1"',
      lastModified: undefined,
    });
  }
  age(place('1111'), 20);
  age(place('2222'), 10);
  const first = cache.get(digestOf('1111'));
  assert.ok(first);
  cache.touch(first);
  put('3333');
  assert.deepEqual(
    cache.entries().map(({ sha256 }) => sha256.hex),
    [digestOf('1111').hex, digestOf('3333').hex],
  );
  assert.equal(readdirSync(join(directory, 'urls')).length, 1);
  assert.equal(readdirSync(join(directory, 'sha512')).length, 2);
  assert.ok(cache.findByUrl(new SafeUrl('https://packs.example/1111')));
  assert.equal(cache.findByUrl(new SafeUrl('https://packs.example/2222')), undefined);
});

test('what is larger than all that may be there is not kept, and drives nothing out', (t) => {
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

test('whatever comes in whatever order, it is never larger than it may be, and the last that fits is there', (t) => {
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

test('an archive can be removed, and only that one', (t) => {
  const { cache, put } = newCache(t);
  put('a');
  put('b');
  cache.remove(digestOf('a'));
  cache.remove(digestOf('c'));
  assert.equal(cache.get(digestOf('a')), undefined);
  assert.ok(cache.get(digestOf('b')));
});

describe('an address', () => {
  const URL = 'https://me:s3cret@packs.example/a.zip';
  const remembered = { sha256: digestOf('a'), etag: '"1"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' };

  test('is remembered with its login, and neither is written down', (t) => {
    const { cache, put, directory } = newCache(t);
    put('a');
    cache.recordUrl(new SafeUrl(URL), remembered);
    const { sha256, etag, lastModified } = cache.findByUrl(new SafeUrl(URL)) ?? {};
    assert.deepEqual({ sha256, etag, lastModified }, remembered);
    assert.equal(cache.findByUrl(new SafeUrl(URL.replace('me:s3cret@', ''))), undefined);
    assert.equal(cache.findByUrl(new SafeUrl(URL.replace('me', 'you'))), undefined);
    const [name = ''] = readdirSync(join(directory, 'urls'));
    assert.doesNotMatch(name + readFileSync(join(directory, 'urls', name), 'utf8'), /s3cret|packs|a\.zip/);
  });

  test('is not remembered for an archive that is not there, or by nothing', (t) => {
    const { cache, put } = newCache(t);
    cache.recordUrl(new SafeUrl(URL), remembered);
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
    put('a');
    cache.recordUrl(new SafeUrl(URL), { ...remembered, etag: undefined, lastModified: undefined });
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
  });

  test('is not recalled once its archive is gone', (t) => {
    const { cache, put } = newCache(t);
    put('a');
    cache.recordUrl(new SafeUrl(URL), remembered);
    cache.remove(digestOf('a'));
    assert.equal(cache.findByUrl(new SafeUrl(URL)), undefined);
  });

  const sha256 = digestOf('a').hex;
  const notes: readonly [claim: string, note: string, etag: string | undefined | null][] = [
    ['that is empty', '', null],
    ['that is no JSON', '{', null],
    ['that is no object', '[]', null],
    ['that is nothing', 'null', null],
    ['whose digest leads elsewhere', JSON.stringify({ sha256: '../../../../etc/passwd', etag: '"1"' }), null],
    ['whose digest is none', JSON.stringify({ sha256: 1, etag: '"1"' }), null],
    ['whose tag would be two headers', JSON.stringify({ sha256, etag: '"1"\r\nx: y' }), undefined],
    ['whose tag is a number', JSON.stringify({ sha256, etag: 1 }), undefined],
    ['that is longer than any', JSON.stringify({ sha256, etag: `"${'1'.repeat(5000)}"` }), null],
  ];
  for (const [claim, note, etag] of notes) {
    test(`with a note ${claim} is not believed`, (t) => {
      const { cache, put, directory } = newCache(t);
      put('a');
      cache.recordUrl(new SafeUrl(URL), remembered);
      const [name = ''] = readdirSync(join(directory, 'urls'));
      writeFileSync(join(directory, 'urls', name), note);
      const recalled = cache.findByUrl(new SafeUrl(URL));
      assert.equal(recalled === undefined ? null : recalled.etag, etag);
    });
  }
});

describe('a cache that cannot be used is worth one note and no more', () => {
  const rows: readonly {
    claim: string;
    spoil: (directory: string) => void;
    notes?: RegExp;
    stranger?: boolean;
  }[] = [
    {
      claim: 'because it is not there',
      spoil: (directory) => rmSync(directory, { recursive: true }),
    },
    {
      claim: 'because a file is in its place',
      spoil: (directory) => {
        rmSync(directory, { recursive: true });
        writeFileSync(directory, '');
      },
      notes: /The cache of downloads cannot be used\. Cannot .*downloads/,
    },
    {
      claim: 'because it may not be written',
      spoil: (directory) => {
        chmodSync(directory, 0o555);
        for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o555);
      },
      notes: /permission denied/,
      stranger: true,
    },
    {
      claim: 'because it may not be looked into',
      spoil: (directory) => chmodSync(directory, 0),
      notes: /permission denied/,
      stranger: true,
    },
  ];
  for (const { claim, spoil, notes: wanted, stranger = false } of rows) {
    test(claim, (t: TestContext) => {
      const { cache, put, notes, directory } = newCache(t);
      put('a');
      const other = join(temporaryDirectory(t), 'b');
      writeFileSync(other, 'b');
      chmodSync(join(other, '..'), 0o755);
      spoil(directory);
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
      if (stranger) unprivileged(use);
      else use();
      if (claim.includes('looked')) chmodSync(directory, 0o700);
      assert.equal(notes.length, wanted === undefined ? 0 : 1, notes.join('\n'));
      if (wanted !== undefined) assert.match(notes[0] ?? '', wanted);
    });
  }
});

test('a cache that may only be read is read', (t) => {
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

test('a link or a directory in place of an archive is none', (t) => {
  const { cache, put, place } = newCache(t);
  put('a');
  symlinkSync('/etc/passwd', place('b'));
  mkdirSync(place('c'));
  for (const content of ['b', 'c']) assert.equal(cache.get(digestOf(content)), undefined);
  assert.deepEqual(
    cache.entries().map(({ sha256 }) => sha256),
    [digestOf('a')],
  );
});

test('what a process that was killed left half written is no archive, and goes after a while', (t) => {
  const { cache, put, directory } = newCache(t);
  put('a');
  const left = ['123abc', '456def'].map((id) => join(directory, 'sha256', `${digestOf('b').hex}.${id}.tmp`));
  for (const path of left) writeFileSync(path, randomBytes(10));
  age(left[0] ?? '', 120);
  assert.equal(cache.entries().length, 1);
  put('c');
  assert.deepEqual(
    readdirSync(join(directory, 'sha256')).filter((name) => name.endsWith('.tmp')),
    [left[1]?.split('/').at(-1)],
  );
});
