import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Digest } from '../../../src/packs/digest.ts';
import { ContentCache, type ContentOrigin } from '../../../src/sources/cache/content-cache.ts';
import { DownloadCache } from '../../../src/sources/cache/download-cache.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const digestOf = (content: string): Digest => ({
  algorithm: 'sha256',
  hex: createHash('sha256').update(content).digest('hex'),
});
const ORIGIN: ContentOrigin = {
  type: 'git',
  url: 'https://packs.example/a.git',
  ref: 'v1',
  commit: null,
  registry: 'r',
};

function newCache(t: TestContext, maxBytes = 1000) {
  const root = temporaryDirectory(t);
  const downloads = new DownloadCache(join(root, 'downloads'), maxBytes, (text) => assert.fail(text));
  const directory = join(root, 'contents');
  const put = (content: string) => {
    writeFileSync(join(root, 'file'), content);
    downloads.put(join(root, 'file'), digestOf(content));
    return digestOf(content);
  };
  return { cache: new ContentCache(directory, downloads), downloads, directory, put };
}

test('ContentCache finds the archive and the origin of content by its checksum', (t) => {
  const { cache, put } = newCache(t);
  const files = digestOf('files');
  assert.equal(cache.find(files), undefined);
  cache.record(files, put('a'), ORIGIN);
  assert.deepEqual(cache.find(files)?.origin, ORIGIN);
  assert.deepEqual(cache.find(files)?.archive.sha256, digestOf('a'));
  assert.equal(cache.find(digestOf('others')), undefined);
});

test('ContentCache: only the user can read its files', { skip: process.platform === 'win32' }, (t) => {
  const { cache, put, directory } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, digestOf('files').hex)).mode & 0o777, 0o600);
});

test('ContentCache ignores archives that are not downloaded and removes records of evicted ones', (t) => {
  const { cache, downloads, put, directory } = newCache(t);
  cache.record(digestOf('files'), digestOf('never put'), ORIGIN);
  assert.equal(cache.find(digestOf('files')), undefined);
  cache.record(digestOf('one'), put('a'), ORIGIN);
  downloads.remove(digestOf('a'));
  assert.equal(cache.find(digestOf('one')), undefined);
  cache.record(digestOf('two'), put('b'), ORIGIN);
  assert.deepEqual(readdirSync(directory), [digestOf('two').hex]);
});

test('ContentCache.discard removes the record and its archive', (t) => {
  const { cache, downloads, put } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  cache.discard(digestOf('files'), cache.find(digestOf('files'))!);
  assert.equal(cache.find(digestOf('files')), undefined);
  assert.equal(downloads.get(digestOf('a')), undefined);
});

const INVALID_RECORDS: { claim: string; record: string }[] = [
  { claim: 'an empty file', record: '' },
  { claim: 'invalid JSON', record: '{' },
  { claim: 'an array', record: '[]' },
  { claim: 'null', record: 'null' },
  { claim: 'a path instead of a digest', record: JSON.stringify({ ...ORIGIN, archive: '../../../etc/passwd' }) },
  { claim: 'an unknown type', record: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, type: 'directory' }) },
  { claim: 'a number instead of a URL', record: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, url: 3 }) },
  {
    claim: 'an object instead of a registry',
    record: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, registry: {} }),
  },
  {
    claim: 'a record that is too long',
    record: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, ref: 'x'.repeat(20_000) }),
  },
];

test('ContentCache ignores invalid records', (t) => {
  const { cache, put, directory } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  for (const { claim, record } of INVALID_RECORDS) {
    writeFileSync(join(directory, digestOf('files').hex), record);
    assert.equal(cache.find(digestOf('files')), undefined, claim);
  }
});

test('ContentCache: a directory that cannot be written causes no error', (t) => {
  const { cache, put, directory } = newCache(t);
  writeFileSync(directory, 'a file in place of the directory');
  cache.record(digestOf('files'), put('a'), ORIGIN);
  assert.equal(cache.find(digestOf('files')), undefined);
});
