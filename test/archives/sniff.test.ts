import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { describeContent, detectFormat, detectPage } from '../../src/archives/sniff.ts';
import { tarOf, zipOf } from '../support/archives.ts';

describe('detectFormat', () => {
  const rows = [
    { claim: 'a zip', bytes: zipOf([{ name: 'a' }]), want: 'zip' },
    { claim: 'an empty zip', bytes: zipOf([]), want: 'zip' },
    { claim: 'the first part of a split zip', bytes: Buffer.from('PK\x07\x08PK\x03\x04'), want: 'zip' },
    { claim: 'any gzip file as a tar.gz', bytes: gzipSync('x'), want: 'tar.gz' },
    { claim: 'a tar', bytes: tarOf({ name: 'a' }), want: 'tar' },
    { claim: 'a tar from before ustar', bytes: tarOf({ name: 'a', magic: 'none' }), want: 'tar' },
    { claim: 'no format for a tar with a wrong checksum', bytes: tarOf({ name: 'a', checksum: '0' }), want: undefined },
    { claim: 'no format for an empty file', bytes: Buffer.alloc(0), want: undefined },
    { claim: 'no format for zeros', bytes: Buffer.alloc(1024), want: undefined },
    { claim: 'no format for text', bytes: Buffer.from('PK is not enough'.repeat(40)), want: undefined },
  ] as const;
  for (const { claim, bytes, want } of rows) {
    test(`detectFormat detects ${claim}`, () => assert.equal(detectFormat(bytes), want));
  }
});

describe('describeContent', () => {
  const rows = [
    { claim: 'an HTML page', bytes: '\ufeff  <html lang="en">', want: 'an HTML page' },
    { claim: 'JSON', bytes: '[ {"a": 1} ]', want: 'a JSON document' },
    {
      claim: 'text',
      bytes: `Not\n Found ${'x'.repeat(100)}`,
      want: `text that begins with "Not Found ${'x'.repeat(50)}..."`,
    },
    { claim: 'text in braces', bytes: '{ not json }', want: 'text that begins with "{ not json }"' },
    { claim: 'an empty file', bytes: '', want: 'an empty file' },
    { claim: 'a bzip2 file', bytes: 'BZh91AY', want: 'a bzip2 file' },
    { claim: 'binary data', bytes: '\x00\x01', want: 'binary data that begins with the bytes 0001' },
  ] as const;
  for (const { claim, bytes, want } of rows) {
    test(`describeContent describes ${claim}`, () => assert.equal(describeContent(Buffer.from(bytes)), want));
  }
});

test('detectPage: an archive is not a page', () => {
  for (const archive of [zipOf([{ name: '<html>' }]), tarOf({ name: 'a' })])
    assert.equal(detectPage(archive), undefined);
});
