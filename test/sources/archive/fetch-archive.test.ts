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
import { listFiles, createSourceTools } from '../../support/git/fetching.ts';
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

describe('an archive is fetched', () => {
  const rows = [
    { claim: 'as a .tar.gz', archive: ARCHIVE },
    { claim: 'as a .tar', archive: tarOf(...FILES) },
    { claim: 'as a .zip', archive: zipOf(FILES) },
  ];
  for (const { claim, archive } of rows) {
    test(`${claim} from a path, a file: URL and the web, whatever its name`, async (t) => {
      const path = join(temporaryDirectory(t), 'archive with a name.txt');
      writeFileSync(path, archive);
      const { url } = await startHttpServer(t, { '/download': bytes(archive) });
      for (const place of [path, pathToFileURL(path).href, url('/download?id=7')]) {
        for (const expected of [undefined, digestOf(archive), digestOf(archive, 'sha512'), digestOf(archive, 'md5')]) {
          const { fetched, destination } = fetchTo(t, place, expected);
          assert.deepEqual(await fetched, {
            provenance: { type: 'archive', url: place, mirror: undefined, ref: null, commit: null },
            archiveChecksum: digestOf(archive),
          });
          assert.deepEqual(listFiles(destination), ['644 pack.yaml: ref: demo\n']);
        }
      }
    });
  }
});

test('a link to an archive is followed', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'real'), ARCHIVE);
  symlinkSync('real', join(directory, 'link'));
  const { fetched, destination } = fetchTo(t, join(directory, 'link'));
  await fetched;
  assert.deepEqual(readdirSync(destination), ['pack.yaml']);
});

test('a mirror on this machine stands in, and both are recorded without user info', async (t) => {
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

test('a wrong checksum is told after where the bytes came from, and nothing is opened', async (t) => {
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

test('the digest that is told is of the algorithm that was expected', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes(ARCHIVE) });
  const { fetched } = fetchTo(t, url('/a'), { algorithm: 'sha512', hex: '0'.repeat(128) });
  assert.match((await failureOf(fetched)).message, new RegExp(`actual {3}sha512:${digestOf(ARCHIVE, 'sha512').hex}`));
});

test('an error page that says all is well is told for what it is', async (t) => {
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
    assert.match(mismatch.hint ?? '', new RegExp(`What came is ${what}, and an error page is no archive`));
    const unchecked = await failureOf(fetchTo(t, url(path)).fetched);
    assert.equal(unchecked.code, 'INVALID_ARCHIVE');
    assert.match(unchecked.message, new RegExp(`no zip or tar archive; it looks like ${what}`));
  }
});

test('a 404 page is an error of the network, not a wrong checksum', async (t) => {
  const { url } = await startHttpServer(t, {});
  assert.equal((await failureOf(fetchTo(t, url('/a'), WRONG).fetched)).code, 'NETWORK_HTTP_STATUS');
});

test('an encoding that changes the bytes is named when the checksum is wrong', async (t) => {
  const { url } = await startHttpServer(t, {
    '/a.tar.gz': (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(tarOf(...FILES))),
  });
  assert.match((await failureOf(fetchTo(t, url('/a.tar.gz'), WRONG).fetched)).hint ?? '', /Content-Encoding gzip/);
});

test('an archive that its server calls gzip is left as it is: that is what the checksum is of', async (t) => {
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

test('an archive on this machine with a wrong checksum is not opened', async (t) => {
  const path = join(temporaryDirectory(t), 'a.zip');
  writeFileSync(path, 'not an archive at all');
  const { message } = await failureOf(fetchTo(t, path, WRONG).fetched);
  assert.match(message, new RegExp(`The archive from ${path} \\(21 bytes\\) does not have`));
});

test('the original of an archive stays as it is', async (t) => {
  const path = join(temporaryDirectory(t), 'a.tgz');
  writeFileSync(path, ARCHIVE);
  await fetchTo(t, path).fetched;
  assert.deepEqual(readFileSync(path), ARCHIVE);
});

describe('what is no archive on this machine', () => {
  const rows = [
    {
      claim: 'is missing',
      place: (at: string) => join(at, 'none.zip'),
      code: 'NOT_FOUND_PATH',
      says: /there is no such file/,
    },
    {
      claim: 'is missing at a file: URL',
      place: (at: string) => pathToFileURL(join(at, 'none.zip')).href,
      code: 'NOT_FOUND_PATH',
      says: /none\.zip/,
    },
    { claim: 'is a directory', place: (at: string) => at, code: 'INVALID_SOURCE', says: /it is a directory/ },
    { claim: 'is on another host', place: () => 'file://server/share/a.zip', code: 'INVALID_SOURCE', says: /host/ },
    { claim: 'has an encoded slash', place: () => 'file:///a%2fb.zip', code: 'INVALID_SOURCE', says: /encoded/ },
  ];
  for (const { claim, place, code, says } of rows) {
    test(claim, async (t) => {
      const error = await failureOf(fetchTo(t, place(temporaryDirectory(t))).fetched);
      assert.equal(error.code, code);
      assert.match(error.message, says);
    });
  }
});
