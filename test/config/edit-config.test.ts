// biome-ignore-all lint/suspicious/noTemplateCurlyInString: settings.yaml refers to variables in this form
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseConfiguredIndices } from '../../src/config/config-file.ts';
import { addIndex, removeIndex, type WrittenIndex } from '../../src/config/edit-config.ts';
import { ConfigNotEditable } from '../../src/config/yaml-text.ts';

const FILE = 'settings.yaml';
const INTERNAL = { name: 'internal', url: 'https://h.example/i.json' };
const BLOCK = (dash: number) =>
  `${' '.repeat(dash)}- name: internal\n${' '.repeat(dash)}  url: https://h.example/i.json\n`;
const BRACES = '{ name: internal, url: https://h.example/i.json }';

const added = (text: string, index: WrittenIndex = INTERNAL) => addIndex(Buffer.from(text), FILE, index).toString();
const removed = (text: string, name = 'internal') => removeIndex(Buffer.from(text), FILE, name).toString();

describe('addIndex: a registry is added', () => {
  const rows: { claim: string; text: string; want: string }[] = [
    { claim: 'to a missing file', text: '', want: `pack_registry:\n  indices:\n${BLOCK(4)}` },
    {
      claim: 'to a file of comments',
      text: '# mine\n',
      want: `# mine\npack_registry:\n  indices:\n${BLOCK(4)}`,
    },
    {
      claim: 'after a last line without a line break',
      text: 'keep_releases: 3',
      want: `keep_releases: 3\npack_registry:\n  indices:\n${BLOCK(4)}`,
    },
    {
      claim: 'to an empty section',
      text: 'pack_registry: # soon\nkeep_releases: 3\n',
      want: `pack_registry: # soon\n  indices:\n${BLOCK(4)}keep_releases: 3\n`,
    },
    {
      claim: 'to a section without a list',
      text: 'pack_registry:\n    cache_ttl: 3   # aligned\n# tail\n',
      want: `pack_registry:\n    cache_ttl: 3   # aligned\n    indices:\n${BLOCK(6)}# tail\n`,
    },
    {
      claim: 'to an empty list',
      text: 'pack_registry:\n  indices:\n  cache_ttl: 1\n',
      want: `pack_registry:\n  indices:\n${BLOCK(4)}  cache_ttl: 1\n`,
    },
    {
      claim: 'to an empty flow list',
      text: 'pack_registry:\n  indices: []   # none\n',
      want: `pack_registry:\n  indices: [${BRACES}]   # none\n`,
    },
    {
      claim: 'after the last item, with its indentation, keeping all comments',
      text: 'pack_registry:\n  indices:\n  # first\n  - name: a   # the a\n    url: b    # its url\n\n  # about time\n  cache_ttl: 1\n',
      want: `pack_registry:\n  indices:\n  # first\n  - name: a   # the a\n    url: b    # its url\n${BLOCK(2)}\n  # about time\n  cache_ttl: 1\n`,
    },
    {
      claim: 'as a flow mapping after a flow mapping',
      text: 'pack_registry:\n  indices:\n    - { name: "a", url: b }  # x\n',
      want: `pack_registry:\n  indices:\n    - { name: "a", url: b }  # x\n    - ${BRACES}\n`,
    },
    {
      claim: 'to a flow list',
      text: 'pack_registry: { indices: [{name: a, url: b}], cache_ttl: 2 }\n',
      want: `pack_registry: { indices: [{name: a, url: b}, ${BRACES}], cache_ttl: 2 }\n`,
    },
    {
      claim: 'with the line endings of the file',
      text: 'pack_registry:\r\n  indices:\r\n    - name: a\r\n      url: b\r\n',
      want: `pack_registry:\r\n  indices:\r\n    - name: a\r\n      url: b\r\n${BLOCK(4).replaceAll('\n', '\r\n')}`,
    },
    {
      claim: 'after a byte order mark, which is kept',
      text: '\u{FEFF}keep_releases: 3\n',
      want: `\u{FEFF}keep_releases: 3\npack_registry:\n  indices:\n${BLOCK(4)}`,
    },
    {
      claim: 'with the library when the file has an uncommon form',
      text: 'pack_registry: {}\n',
      want: `pack_registry: { indices: [ ${BRACES} ] }\n`,
    },
  ];
  for (const { claim, text, want } of rows) test(claim, () => assert.equal(added(text), want));

  test('with all its fields, which are read back unchanged', () => {
    const index = {
      ...INTERNAL,
      priority: -1,
      enabled: false,
      headers: { Authorization: 'Bearer ${T}', 'X-Y': ': #"' },
    };
    for (const text of ['', 'pack_registry:\n  indices: []\n']) {
      assert.deepEqual(parseConfiguredIndices(Buffer.from(added(text, index)), FILE), [index]);
    }
  });

  test('and removed again without any other change to the file', () => {
    for (const { text } of rows.filter(({ text }) => /name/.test(text))) assert.equal(removed(added(text)), text);
  });

  test('only if no other part of the file depends on the list', () => {
    const text = 'pack_registry:\n  indices: &list [{name: a, url: b}]\nlimits: { }\nx: *list\n';
    assert.throws(() => added(text.replace('indices: &list', 'indices: *list').replace('x: *list', '')), /./);
    const aliased = 'x: &list\n  - { name: a, url: b }\npack_registry:\n  indices: *list\n';
    assert.throws(() => added(aliased), ConfigNotEditable);
  });
});

describe('removeIndex: a registry is removed', () => {
  const rows: { claim: string; text: string; want: string }[] = [
    {
      claim: 'from a list of several, keeping comments',
      text: `pack_registry:\n  indices:\n    # one\n    - name: a\n      url: b\n    # two\n${BLOCK(4)}    # three\n    - name: c\n      url: d\n`,
      want: 'pack_registry:\n  indices:\n    # one\n    - name: a\n      url: b\n    # two\n    # three\n    - name: c\n      url: d\n',
    },
    {
      claim: 'from a list with one item',
      text: `pack_registry:\n  indices:\n${BLOCK(4)}  cache_ttl: 3\n`,
      want: 'pack_registry:\n  indices:\n  cache_ttl: 3\n',
    },
    {
      claim: 'from the start of a flow list',
      text: `pack_registry: { indices: [${BRACES}, {name: a, url: b}] }\n`,
      want: 'pack_registry: { indices: [{name: a, url: b}] }\n',
    },
    {
      claim: 'from the end of a flow list',
      text: `pack_registry: { indices: [{name: a, url: b}, ${BRACES}] }\n`,
      want: 'pack_registry: { indices: [{name: a, url: b}] }\n',
    },
    {
      claim: 'when its dash is on a separate line',
      text: 'pack_registry:\n  indices:\n    - name: a\n      url: b\n    -\n      name: internal\n      url: x\n',
      want: 'pack_registry:\n  indices:\n    - name: a\n      url: b\n',
    },
  ];
  for (const { claim, text, want } of rows) test(claim, () => assert.equal(removed(text), want));

  test('only if no alias refers to it', () => {
    const text = 'pack_registry:\n  indices:\n    - &one { name: internal, url: b }\nx: *one\n';
    assert.throws(() => removed(text), ConfigNotEditable);
  });
});

test('addIndex, removeIndex: a registry with any name and URL is read back unchanged and can be removed', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((url) => !/[\r\n]/.test(url) && url.trim() !== '');
  const indices = fc.uniqueArray(
    fc.record(
      { name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/), url: text, priority: fc.integer() },
      { noNullPrototype: true },
    ),
    { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(indices, fc.boolean(), (list, flow) => {
      let bytes: Buffer = Buffer.from(flow ? 'pack_registry: { indices: [] }\n' : '# mine\n');
      for (const index of list) bytes = addIndex(bytes, FILE, index);
      const read = parseConfiguredIndices(bytes, FILE).map(({ name, url, priority }) => ({ name, url, priority }));
      assert.deepEqual(read, list);
      for (const { name } of list) bytes = removeIndex(bytes, FILE, name);
      assert.deepEqual(parseConfiguredIndices(bytes, FILE), []);
    }),
    { numRuns: 60 },
  );
});
