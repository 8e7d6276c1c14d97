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

test('content is found by its checksum, with the archive that holds it and where it came from', (t) => {
  const { cache, put } = newCache(t);
  const files = digestOf('files');
  assert.equal(cache.find(files), undefined);
  cache.record(files, put('a'), ORIGIN);
  assert.deepEqual(cache.find(files)?.origin, ORIGIN);
  assert.deepEqual(cache.find(files)?.archive.sha256, digestOf('a'));
  assert.equal(cache.find(digestOf('others')), undefined);
});

test('it is for its user alone', { skip: process.platform === 'win32' }, (t) => {
  const { cache, put, directory } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, digestOf('files').hex)).mode & 0o777, 0o600);
});

test('what is not among the downloads is not noted, and notes go with what they are about', (t) => {
  const { cache, downloads, put, directory } = newCache(t);
  cache.record(digestOf('files'), digestOf('never put'), ORIGIN);
  assert.equal(cache.find(digestOf('files')), undefined);
  cache.record(digestOf('one'), put('a'), ORIGIN);
  downloads.remove(digestOf('a'));
  assert.equal(cache.find(digestOf('one')), undefined);
  cache.record(digestOf('two'), put('b'), ORIGIN);
  assert.deepEqual(readdirSync(directory), [digestOf('two').hex]);
});

test('what is dropped is gone, archive and all', (t) => {
  const { cache, downloads, put } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  cache.discard(digestOf('files'), cache.find(digestOf('files'))!);
  assert.equal(cache.find(digestOf('files')), undefined);
  assert.equal(downloads.get(digestOf('a')), undefined);
});

const NOTES: { claim: string; note: string }[] = [
  { claim: 'nothing', note: '' },
  { claim: 'no JSON', note: '{' },
  { claim: 'a list', note: '[]' },
  { claim: 'null', note: 'null' },
  { claim: 'a path for a digest', note: JSON.stringify({ ...ORIGIN, archive: '../../../etc/passwd' }) },
  { claim: 'another type', note: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, type: 'directory' }) },
  { claim: 'a number for an address', note: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, url: 3 }) },
  { claim: 'a mapping for a registry', note: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, registry: {} }) },
  { claim: 'far too much', note: JSON.stringify({ ...ORIGIN, archive: digestOf('a').hex, ref: 'x'.repeat(20_000) }) },
];

test('a note that is none is as good as no note', (t) => {
  const { cache, put, directory } = newCache(t);
  cache.record(digestOf('files'), put('a'), ORIGIN);
  for (const { claim, note } of NOTES) {
    writeFileSync(join(directory, digestOf('files').hex), note);
    assert.equal(cache.find(digestOf('files')), undefined, claim);
  }
});

test('where nothing can be noted nothing is lost', (t) => {
  const { cache, put, directory } = newCache(t);
  writeFileSync(directory, 'in the way');
  cache.record(digestOf('files'), put('a'), ORIGIN);
  assert.equal(cache.find(digestOf('files')), undefined);
});
