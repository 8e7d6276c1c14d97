import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { CachedHarness } from '../../support/registry/cached-index.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';

const component = (name: string) => ({
  actions: [{ name, description: '' }],
  sensors: [],
  triggers: [],
  rules: [],
  workflows: [],
});
const plain = { label: 'x', description: 'y', keywords: [], contents: component('z') };
const pack = (ref: string, changes: object = {}) => entryOf(ref, { ...plain, ...changes });

const harness = new CachedHarness({ after });
const writeIndex = (name: string, ...packs: unknown[]) => {
  const path = join(harness.root, name);
  writeFileSync(path, JSON.stringify(indexOf(...packs)));
  return path;
};
const first = writeIndex(
  '1.json',
  pack('chat', { description: 'Talks to people', runtime_deps: ['nodejs^20'] }),
  pack('in-component', { contents: component('send_message') }),
  pack('in-description', { description: 'Sends a message when something happens' }),
  pack('in-keywords', { keywords: ['message'] }),
  pack('in-label', { label: 'Message centre' }),
  pack('message'),
  pack('message-queue'),
  pack('other', { label: 'Übergröße' }),
);
const second = writeIndex(
  '2.json',
  pack('chat', { description: 'A message for every chat', runtime_deps: ['python3>=3.9'] }),
  pack('snake_case_name', { runtime_deps: ['python'] }),
  pack('zebra', { description: 'Has a message too' }),
);
const registries = harness.command([{ url: first }, { url: second }]);
const refsOf = async (terms: readonly string[], choice = {}, more = {}) => {
  const { hits } = await registries.search({ terms, limit: 20, ...more }, choice);
  return hits.map(({ ref }) => ref);
};

describe('search', () => {
  test('search: ranks matches in the ref, label, keywords, description and components in this order', async () => {
    assert.deepEqual(await refsOf(['message'], { registry: 'r1' }), [
      'message',
      'message-queue',
      'in-label',
      'in-keywords',
      'in-description',
      'in-component',
    ]);
  });

  const rows: { title: string; terms: string[]; want: string[] }[] = [
    { title: 'finds the part of a ref after a dash', terms: ['queue'], want: ['message-queue'] },
    { title: 'finds the part of a ref after an underscore', terms: ['case'], want: ['snake_case_name'] },
    { title: 'treats dashes and underscores as equal', terms: ['snake-case-name'], want: ['snake_case_name'] },
    { title: 'returns an exact match of the ref first', terms: ['Message-Queue'], want: ['message-queue'] },
    { title: 'requires all terms in any order', terms: ['happens', 'sends'], want: ['in-description'] },
    { title: 'splits an argument at spaces', terms: ['happens sends'], want: ['in-description'] },
    { title: 'matches the last term as a prefix', terms: ['zeb'], want: ['zebra'] },
    { title: 'does not match other terms as prefixes', terms: ['zeb', 'message'], want: [] },
    { title: 'ignores case and accents', terms: ['UBERGROSSE'.replace('SS', 'ß')], want: ['other'] },
    { title: 'matches combining accents', terms: ['u\u0308bergro\u0308ße'], want: ['other'] },
    { title: 'returns nothing without a match', terms: ['nowhere'], want: [] },
    { title: 'returns nothing for terms without letters and digits', terms: ['*', '"', '--'], want: [] },
    { title: 'does not interpret FTS5 operators', terms: ['zebra', 'NOT'], want: [] },
    { title: 'does not interpret FTS5 column filters', terms: ['ref:zebra'], want: [] },
  ];
  for (const { title, terms, want } of rows)
    test(`search: ${title}`, async () => assert.deepEqual(await refsOf(terms), want));

  test('search: a pack is only found in the first registry that has it, even if only the second one matches', async () => {
    assert.ok(!(await refsOf(['message'])).includes('chat'));
    assert.ok((await refsOf(['message'], { registry: 'r2' })).includes('chat'));
    const { hits } = await registries.search({ terms: ['chat'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry, description }) => [registry, description]),
      [['r1', 'Talks to people']],
    );
  });

  test('search: registries are searched in priority order', async () => {
    const reversed = harness.command([
      { url: first, priority: 2 },
      { url: second, priority: 1 },
    ]);
    const { hits } = await reversed.search({ terms: ['chat'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry }) => registry),
      ['r2'],
    );
  });

  test('search: each pack is found once if two registries share an index', async () => {
    const twice = harness.command([{ url: second }, { url: second }]);
    const { hits } = await twice.search({ terms: ['zebra'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry, ref }) => [registry, ref]),
      [['r1', 'zebra']],
    );
  });

  test('search: the runtime filter also applies to an exact match of the ref', async () => {
    const accepts = (runtimes: readonly string[]) => runtimes.some((runtime) => runtime.startsWith('python'));
    assert.deepEqual(await refsOf(['chat'], {}, { accepts }), []);
    assert.deepEqual(await refsOf(['name'], {}, { accepts }), ['snake_case_name']);
  });

  test('search: reports whether there are more hits than the limit', async () => {
    const some = await registries.search({ terms: ['message'], limit: 2 });
    assert.deepEqual([some.hits.map(({ ref }) => ref), some.more], [['message', 'message-queue'], true]);
    assert.equal((await registries.search({ terms: ['zebra'], limit: 1 })).more, false);
  });

  test('search: packs of registries that are not configured are not found', async () => {
    const alone = harness.command([{ url: first }]);
    assert.deepEqual((await alone.search({ terms: ['zebra'], limit: 20 })).hits, []);
  });

  test('search: arbitrary input never fails', async () => {
    const special = fc.constantFrom(
      '"',
      "'",
      '*',
      'NEAR(',
      ')',
      '-',
      'AND',
      'OR',
      'NOT',
      '^',
      ':',
      '{ref}',
      '\0',
      '\ud800',
      '+',
      'ref:',
    );
    const term = fc.oneof(special, fc.string({ unit: 'binary' }), fc.constantFrom('message', 'zebra'));
    await fc.assert(
      fc.asyncProperty(fc.array(term, { minLength: 1, maxLength: 6 }), fc.string(), async (terms, separator) => {
        for (const typed of [terms, [terms.join('')], [terms.join(separator)]]) {
          const { hits } = await registries.search({ terms: typed, limit: 5 });
          assert.ok(hits.length <= 5);
        }
      }),
      { numRuns: 300 },
    );
    for (const ref of ['in-component', 'snake_case_name', 'other']) assert.equal((await refsOf([ref]))[0], ref);
  });
});

describe('search: terms that occur in every pack', () => {
  const many = Array.from({ length: 6000 }, (_, i) =>
    pack(`p${String(i).padStart(5, '0')}`, { description: 'common thing' }),
  );
  const common = writeIndex('3.json', ...many, pack('q-common'), pack('r', { label: 'The common one' }));

  test('search: matches of a common term in the ref and the label come first', async () => {
    const { hits, more } = await harness.command([{ url: common }]).search({ terms: ['common'], limit: 4 });
    assert.deepEqual([hits.map(({ ref }) => ref), more], [['q-common', 'r', 'p00000', 'p00001'], true]);
  });

  test('search: a common term is also found in the second registry', async () => {
    const { hits } = await harness.command([{ url: first }, { url: common }]).search({ terms: ['comm'], limit: 2 });
    assert.deepEqual(
      hits.map(({ registry, ref }) => `${registry} ${ref}`),
      ['r2 q-common', 'r2 r'],
    );
  });
});
