import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { limitListings, limitLists } from '../../../src/cli/text/listing.ts';
import { createCliHarness } from '../../support/cli.ts';

const items = (count: number) => Array.from({ length: count }, (_, index) => `  item ${index}`);

for (const { claim, message, limit, want } of [
  { claim: 'keeps a listing of the limit', message: ['Bad:', ...items(2)], limit: 2, want: ['Bad:', ...items(2)] },
  {
    claim: 'counts the items that it omits',
    message: ['Bad:', ...items(5350)],
    limit: 2,
    want: ['Bad:', ...items(2), '  and 5,348 more'],
  },
  {
    claim: 'keeps the details of an item with it',
    message: ['Bad:', '  a', '    why', '  b', '    why'],
    limit: 1,
    want: ['Bad:', '  a', '    why', '  and 1 more'],
  },
  {
    claim: 'counts each listing of a message by itself',
    message: ['One:', ...items(2), 'Two:', ...items(2)],
    limit: 1,
    want: ['One:', '  item 0', '  and 1 more', 'Two:', '  item 0', '  and 1 more'],
  },
  {
    claim: 'adds what was omitted before',
    message: ['Bad:', ...items(3), '  and 1,000 more'],
    limit: 1,
    want: ['Bad:', '  item 0', '  and 1,002 more'],
  },
  { claim: 'keeps a message without a listing', message: ['a', '', 'b'], limit: 0, want: ['a', '', 'b'] },
]) {
  test(`limitListings ${claim}`, () => {
    assert.equal(limitListings(message.join('\n'), limit), want.join('\n'));
  });
}

test('limitLists shortens the lists of a document at every depth', () => {
  assert.deepEqual(limitLists({ a: [{ b: [1, 2, 3] }, 2, 3], c: 'x' }, 2), { a: [{ b: [1, 2] }, 2], c: 'x' });
});

test('install: a message lists 20 of many invalid entries; --verbose and --json list all', async (t) => {
  const harness = createCliHarness(t);
  const pack = join(harness.directory, 'pack');
  mkdirSync(pack);
  writeFileSync(join(pack, 'pack.yaml'), 'ref: p\nversion: 1.0.0\n');
  for (let index = 0; index < 150; index += 1) writeFileSync(join(pack, `a${index}.`), '');
  const { status, stderr } = await harness.attune('pack', 'install', './pack');
  assert.equal(status, 3);
  assert.equal(stderr.match(/^ {2}'a\d+\.'/gm)?.length, 20);
  assert.match(stderr, /^ {2}and 130 more$/m);
  const verbose = await harness.attune('pack', 'install', './pack', '--verbose');
  assert.ok((verbose.stderr.match(/^ {2}'a\d+\.'/gm)?.length ?? 0) >= 150);
  const { document } = await harness.json('pack', 'install', './pack');
  assert.equal(document.error.details.entries.length, 150);
});

test('install: a directory without a pack.yaml is refused before its files are read', async (t) => {
  const harness = createCliHarness(t);
  const directory = join(harness.directory, 'big');
  mkdirSync(directory);
  for (let index = 0; index < 50; index += 1) writeFileSync(join(directory, `a${index}.`), '');
  const { status, stderr } = await harness.attune('pack', 'install', './big');
  assert.equal(status, 3);
  assert.match(stderr, /There is no pack in '.*big': found none of pack\.yaml/);
  assert.doesNotMatch(stderr, /a1\./);
});
