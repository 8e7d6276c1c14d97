import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Algorithm, Digest } from '../../../src/packs/digest.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { fetchArchive } from '../../../src/sources/archive/fetch-archive.ts';
import { tarGzOf, tarOf, zipOf } from '../../support/archives.ts';
import { failureOf } from '../../support/failure.ts';
import { createSourceTools, listFiles } from '../../support/git/fetching.ts';
import { answer, bytes, page, redirect, startHttpServer } from '../../support/http/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const FILES = [{ name: 'pack.yaml', content: 'ref: demo\n' }];
const ARCHIVE = tarGzOf(...FILES);
const digestOf = (content: Uint8Array, algorithm: Algorithm = 'sha256'): Digest => ({
  algorithm,
  hex: createHash(algorithm).update(content).digest('hex'),
});
const WRONG: Digest = { algorithm: 'sha256', hex: '0'.repeat(64) };

function fetchTo(test: { after(clean: () => void): void }, url: string, expected?: Digest, changes = {}) {
  const destination = join(temporaryDirectory(test), 'pack');
  const fetched = fetchArchive(
    { kind: 'archive', url: new SafeUrl(url), expected },
    destination,
    createSourceTools(test, changes),
  );
  return { fetched, destination };
}

describe('fetchArchive', () => {
  const rows = [
    { claim: 'a .tar.gz', archive: ARCHIVE },
    { claim: 'a .tar', archive: tarOf(...FILES) },
    { claim: 'a .zip', archive: zipOf(FILES) },
  ];
  for (const { claim, archive } of rows) {
    test(`fetchArchive fetches ${claim} from a path, a file: URL and an http URL, regardless of its name`, async (t) => {
      const path = join(temporaryDirectory(t), 'archive with a name.txt');
      writeFileSync(path, archive);
      const { url } = await startHttpServer(t, { '/download': bytes(archive) });
      for (const source of [path, pathToFileURL(path).href, url('/download?id=7')]) {
        for (const expected of [undefined, digestOf(archive), digestOf(archive, 'sha512'), digestOf(archive, 'md5')]) {
          const { fetched, destination } = fetchTo(t, source, expected);
          assert.deepEqual(await fetched, {
            provenance: { type: 'archive', url: source, mirror: undefined, ref: null, commit: null },
            archiveChecksum: digestOf(archive),
            contents: [{ path: 'pack.yaml', executable: false, content: Buffer.from('ref: demo\n') }],
          });
          assert.deepEqual(listFiles(destination), ['644 pack.yaml: ref: demo\n']);
        }
      }
    });
  }
});

test('fetchArchive follows a link to an archive', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'real'), ARCHIVE);
  symlinkSync('real', join(directory, 'link'));
  const { fetched, destination } = fetchTo(t, join(directory, 'link'));
  await fetched;
  assert.deepEqual(readdirSync(destination), ['pack.yaml']);
});

test('fetchArchive uses a local mirror and records both URLs without user info', async (t) => {
  const mirror = temporaryDirectory(t);
  mkdirSync(join(mirror, 'org'));
  writeFileSync(join(mirror, 'org', 'a.tgz'), ARCHIVE);
  const base = pathToFileURL(mirror).href;
  const { fetched } = fetchTo(t, 'https://me:secret@packs.example/org/a.tgz', digestOf(ARCHIVE), {
    mirrors: { 'https://packs.example/': `${base}/` },
  });
  assert.deepEqual((await fetched).provenance, {
    type: 'archive',
    url: 'https://packs.example/org/a.tgz',
    mirror: `${base}/org/a.tgz`,
    ref: null,
    commit: null,
  });
});

test('fetchArchive: a wrong checksum is reported with the final URL, and the archive is not opened', async (t) => {
  const { url } = await startHttpServer(t, { '/a': redirect('/b'), '/b': bytes(ARCHIVE, 'application/gzip') });
  const { fetched, destination } = fetchTo(t, url('/a'), WRONG);
  const { code, message, hint = '', facts } = await failureOf(fetched);
  assert.equal(code, 'INTEGRITY_CHECKSUM');
  assert.equal(
    message,
    `The archive from ${url('/b')} (HTTP status 200, application/gzip, ${ARCHIVE.length} bytes) does not have the expected checksum:\n` +
      `  expected sha256:${WRONG.hex}\n  actual   sha256:${digestOf(ARCHIVE).hex}`,
  );
  assert.match(hint, /changed or replaced/);
  assert.equal(facts['status'], 200);
  assert(!existsSync(destination));
});

test('fetchArchive: a wrong checksum is reported by the algorithm of the expected one', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes(ARCHIVE) });
  const { fetched } = fetchTo(t, url('/a'), { algorithm: 'sha512', hex: '0'.repeat(128) });
  assert.match((await failureOf(fetched)).message, new RegExp(`actual {3}sha512:${digestOf(ARCHIVE, 'sha512').hex}`));
});

test('fetchArchive: an error page with status 200 is identified in the error', async (t) => {
  const { url } = await startHttpServer(t, {
    '/html': page(200, '<!doctype html><title>Sorry</title>'),
    '/json': page(200, '{"message": "Not Found"}', 'application/json'),
  });
  for (const [path, what] of [
    ['/html', 'an HTML page'],
    ['/json', 'a JSON document'],
  ] as const) {
    const mismatch = await failureOf(fetchTo(t, url(path), WRONG).fetched);
    assert.equal(mismatch.code, 'INTEGRITY_CHECKSUM');
    assert.match(mismatch.hint ?? '', new RegExp(`The server sent ${what} instead of an archive`));
    const unchecked = await failureOf(fetchTo(t, url(path)).fetched);
    assert.equal(unchecked.code, 'INVALID_ARCHIVE');
    assert.match(unchecked.message, new RegExp(`not a zip or tar archive; it looks like ${what}`));
  }
});

test('fetchArchive: a 404 page is a network error and not a wrong checksum', async (t) => {
  const { url } = await startHttpServer(t, {});
  assert.equal((await failureOf(fetchTo(t, url('/a'), WRONG).fetched)).code, 'NETWORK_HTTP_STATUS');
});

test('fetchArchive: a wrong checksum is explained by the Content-Encoding of the response', async (t) => {
  const { url } = await startHttpServer(t, {
    '/a.tar.gz': (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(tarOf(...FILES))),
  });
  assert.match((await failureOf(fetchTo(t, url('/a.tar.gz'), WRONG).fetched)).hint ?? '', /Content-Encoding gzip/);
});

test('fetchArchive does not decode an archive sent with Content-Encoding gzip', async (t) => {
  const { url, headers } = await startHttpServer(t, {
    '/a.tgz': answer(200, { 'content-encoding': 'x-gzip' }, ARCHIVE),
  });
  for (const expected of [digestOf(ARCHIVE), undefined]) {
    const { fetched, destination } = fetchTo(t, url('/a.tgz'), expected);
    assert.deepEqual((await fetched).archiveChecksum, digestOf(ARCHIVE));
    assert.deepEqual(readdirSync(destination), ['pack.yaml']);
  }
  assert.equal(headers[0]?.['accept-encoding'], 'identity');
});

test('fetchArchive does not open a local archive with a wrong checksum', async (t) => {
  const path = join(temporaryDirectory(t), 'a.zip');
  writeFileSync(path, 'not an archive at all');
  const { message } = await failureOf(fetchTo(t, path, WRONG).fetched);
  assert.match(message, new RegExp(`The archive from ${path} \\(21 bytes\\) does not have`));
});

test('fetchArchive does not change a local archive', async (t) => {
  const path = join(temporaryDirectory(t), 'a.tgz');
  writeFileSync(path, ARCHIVE);
  await fetchTo(t, path).fetched;
  assert.deepEqual(readFileSync(path), ARCHIVE);
});

describe('fetchArchive of an unusable path', () => {
  const rows = [
    {
      claim: 'a missing path',
      source: (directory: string) => join(directory, 'none.zip'),
      code: 'NOT_FOUND_PATH',
      message: /there is no such file/,
    },
    {
      claim: 'a missing file: URL',
      source: (directory: string) => pathToFileURL(join(directory, 'none.zip')).href,
      code: 'NOT_FOUND_PATH',
      message: /none\.zip/,
    },
    {
      claim: 'a directory',
      source: (directory: string) => directory,
      code: 'INVALID_SOURCE',
      message: /it is a directory/,
    },
    {
      claim: 'a file: URL with a host',
      source: () => 'file://server/share/a.zip',
      code: 'INVALID_SOURCE',
      message: /host/,
    },
    {
      claim: 'a file: URL with an encoded slash',
      source: () => 'file:///a%2fb.zip',
      code: 'INVALID_SOURCE',
      message: /encoded/,
    },
  ];
  for (const { claim, source, code, message } of rows) {
    test(`fetchArchive: ${claim} is refused with ${code}`, async (t) => {
      const error = await failureOf(fetchTo(t, source(temporaryDirectory(t))).fetched);
      assert.equal(error.code, code);
      assert.match(error.message, message);
    });
  }
});
