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
const place = (name: string, ...packs: unknown[]) => {
  const path = join(harness.root, name);
  writeFileSync(path, JSON.stringify(indexOf(...packs)));
  return path;
};
const first = place(
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
const second = place(
  '2.json',
  pack('chat', { description: 'A message for every chat', runtime_deps: ['python3>=3.9'] }),
  pack('snake_case_name', { runtime_deps: ['python'] }),
  pack('zebra', { description: 'Has a message too' }),
);
const registries = harness.command([{ url: first }, { url: second }]);
const refsOf = async (words: readonly string[], choice = {}, more = {}) => {
  const { hits } = await registries.search({ words, limit: 20, ...more }, choice);
  return hits.map(({ ref }) => ref);
};

describe('a search', () => {
  test('ranks the ref before the label, the keywords, the description and the components', async () => {
    assert.deepEqual(await refsOf(['message'], { registry: 'r1' }), [
      'message',
      'message-queue',
      'in-label',
      'in-keywords',
      'in-description',
      'in-component',
    ]);
  });

  const rows: { claim: string; words: string[]; want: string[] }[] = [
    { claim: 'finds a part of a ref behind a dash', words: ['queue'], want: ['message-queue'] },
    { claim: 'finds a part of a ref behind an underscore', words: ['case'], want: ['snake_case_name'] },
    { claim: 'takes a dash for an underscore', words: ['snake-case-name'], want: ['snake_case_name'] },
    { claim: 'has the pack with that very ref first', words: ['Message-Queue'], want: ['message-queue'] },
    { claim: 'wants all words, wherever they are', words: ['happens', 'sends'], want: ['in-description'] },
    { claim: 'takes words in one argument apart', words: ['happens sends'], want: ['in-description'] },
    { claim: 'takes the last word for a beginning', words: ['zeb'], want: ['zebra'] },
    { claim: 'takes no other word for a beginning', words: ['zeb', 'message'], want: [] },
    { claim: 'cares neither for capitals nor for accents', words: ['UBERGROSSE'.replace('SS', 'ß')], want: ['other'] },
    { claim: 'finds what is written with a combining accent', words: ['u\u0308bergro\u0308ße'], want: ['other'] },
    { claim: 'finds nothing where nothing is', words: ['nowhere'], want: [] },
    { claim: 'finds nothing without a letter or a digit', words: ['*', '"', '--'], want: [] },
    { claim: 'takes nothing for syntax', words: ['zebra', 'NOT'], want: [] },
    { claim: 'knows no columns', words: ['ref:zebra'], want: [] },
  ];
  for (const { claim, words, want } of rows) test(claim, async () => assert.deepEqual(await refsOf(words), want));

  test('leaves a pack to the first registry that has it, even where only the second one fits', async () => {
    assert.ok(!(await refsOf(['message'])).includes('chat'));
    assert.ok((await refsOf(['message'], { registry: 'r2' })).includes('chat'));
    const { hits } = await registries.search({ words: ['chat'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry, description }) => [registry, description]),
      [['r1', 'Talks to people']],
    );
  });

  test('asks registries in the order of their priorities', async () => {
    const turned = harness.command([
      { url: first, priority: 2 },
      { url: second, priority: 1 },
    ]);
    const { hits } = await turned.search({ words: ['chat'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry }) => registry),
      ['r2'],
    );
  });

  test('finds each pack once where two registries have one index', async () => {
    const twice = harness.command([{ url: second }, { url: second }]);
    const { hits } = await twice.search({ words: ['zebra'], limit: 20 });
    assert.deepEqual(
      hits.map(({ registry, ref }) => [registry, ref]),
      [['r1', 'zebra']],
    );
  });

  test('can be narrowed by runtimes, the pack with that very ref included', async () => {
    const accepts = (runtimes: readonly string[]) => runtimes.some((runtime) => runtime.startsWith('python'));
    assert.deepEqual(await refsOf(['chat'], {}, { accepts }), []);
    assert.deepEqual(await refsOf(['name'], {}, { accepts }), ['snake_case_name']);
  });

  test('says when there is more than is wanted', async () => {
    const some = await registries.search({ words: ['message'], limit: 2 });
    assert.deepEqual([some.hits.map(({ ref }) => ref), some.more], [['message', 'message-queue'], true]);
    assert.equal((await registries.search({ words: ['zebra'], limit: 1 })).more, false);
  });

  test('has no pack of a registry that is not asked', async () => {
    const alone = harness.command([{ url: first }]);
    assert.deepEqual((await alone.search({ words: ['zebra'], limit: 20 })).hits, []);
  });

  test('of whatever was typed never fails, and finds the words of every pack', async () => {
    const odd = fc.constantFrom(
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
    const word = fc.oneof(odd, fc.string({ unit: 'binary' }), fc.constantFrom('message', 'zebra'));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), fc.string(), async (words, glued) => {
        for (const typed of [words, [words.join('')], [words.join(glued)]]) {
          const { hits } = await registries.search({ words: typed, limit: 5 });
          assert.ok(hits.length <= 5);
        }
      }),
      { numRuns: 300 },
    );
    for (const ref of ['in-component', 'snake_case_name', 'other']) assert.equal((await refsOf([ref]))[0], ref);
  });
});

describe('a word that is in every pack', () => {
  const many = Array.from({ length: 6000 }, (_, at) =>
    pack(`p${String(at).padStart(5, '0')}`, { description: 'common thing' }),
  );
  const common = place('3.json', ...many, pack('q-common'), pack('r', { label: 'The common one' }));

  test('shows first those that have it in the ref and the label', async () => {
    const { hits, more } = await harness.command([{ url: common }]).search({ words: ['common'], limit: 4 });
    assert.deepEqual([hits.map(({ ref }) => ref), more], [['q-common', 'r', 'p00000', 'p00001'], true]);
  });

  test('is found in the other registry, too', async () => {
    const { hits } = await harness.command([{ url: first }, { url: common }]).search({ words: ['comm'], limit: 2 });
    assert.deepEqual(
      hits.map(({ registry, ref }) => `${registry} ${ref}`),
      ['r2 q-common', 'r2 r'],
    );
  });
});
