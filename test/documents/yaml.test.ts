import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { InvalidDocument } from '../../src/documents/problems.ts';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';

const read = (text: string | Uint8Array, limits = DEFAULT_LIMITS) =>
  readYaml(Buffer.from(text as string), 'pack.yaml', limits);

function refusal(text: string | Uint8Array, limits = DEFAULT_LIMITS): InvalidDocument {
  try {
    read(text, limits);
  } catch (error) {
    assert.ok(error instanceof InvalidDocument, `threw ${error}`);
    return error;
  }
  return assert.fail('it was accepted');
}

/** Ten anchors, each ten times the one before. */
const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  .concat([...'bcdefghi'].map((key, at) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[at]}`).join(',')}]`))
  .join('\n');

const accepted = [
  { claim: 'an empty file has the value null', text: '', want: null },
  { claim: 'a file of comments has the value null', text: '# nothing\n', want: null },
  { claim: 'a byte order mark is dropped', text: '\u{FEFF}ref: slack\n', want: { ref: 'slack' } },
  { claim: 'end marks and CR LF are fine', text: '---\r\nref: slack\r\n...\r\n', want: { ref: 'slack' } },
  {
    claim: 'words of YAML 1.1 stay text',
    text: 'a: yes\nb: 2026-01-02\nc: 0777\n',
    want: { a: 'yes', b: '2026-01-02', c: 777 },
  },
  { claim: 'a few aliases are written out', text: 'a: &a [1]\nb: *a\n', want: { a: [1], b: [1] } },
  {
    claim: '<< merges, and the own key wins',
    text: 'a: &a {k: 1}\nb: {<<: *a, k: 2}\n',
    want: { a: { k: 1 }, b: { k: 2 } },
  },
];

for (const { claim, text, want } of accepted) {
  test(claim, () => assert.deepEqual(read(text).value, want));
}

const refused = [
  { claim: 'a duplicate key', text: 'a: 1\nb: 2\na: 3\n', want: ["3:1 a: duplicate key 'a', first on line 1"] },
  {
    claim: 'all duplicate keys, quoted ones and deep ones too',
    text: 'a: {x: 1, "x": 2}\nb:\n  - c: 1\n    c: 2\n',
    want: ["1:11 a.x: duplicate key 'x', first on line 1", "4:5 b[0].c: duplicate key 'c', first on line 3"],
  },
  { claim: 'a key twice in two spellings', text: '1: a\n0x1: b\n', want: ['2:1 0x1: duplicate key'] },
  {
    claim: 'an unknown tag of a scalar',
    text: 'x:\n  a: !!binary aGk=\n',
    want: ['2:6 x.a: unknown scalar tag !<tag:yaml.org,2002:binary>'],
  },
  {
    claim: 'a tag that builds an object',
    text: 'a: !!python/object/apply:os.system [ls]\n',
    want: ['1:4 a: unknown sequence tag !<tag:yaml.org,2002:python/object/apply:os.system>'],
  },
  { claim: 'a bracket without an end', text: 'a: [1\nb: 2\n', want: /^ {2}pack.yaml:\d:\d: / },
  {
    claim: 'a tab as indentation',
    text: 'a:\n\tb: 1\n',
    want: ['2:1: tab characters must not be used in indentation'],
  },
  { claim: 'a NUL', text: 'a: \0\n', want: ['1:4: null byte is not allowed in input'] },
  {
    claim: 'two documents',
    text: 'a: 1\n---\nb: 2\n',
    want: ['3:1: a second document begins here, and one is allowed'],
  },
  {
    claim: 'two empty documents',
    text: '---\n---\n',
    want: ['1:1: a second document begins here, and one is allowed'],
  },
  { claim: 'an alias of nothing', text: 'a: *b\n', want: ['1:5 a: unidentified alias "b"'] },
  {
    claim: 'an alias of what it is in',
    text: 'a: &x {b: {c: *x}}\n',
    want: ['1:15 a.b.c: this alias leads back to what it is in'],
  },
  { claim: 'a list as a key', text: '? [a]\n: b\n', want: ['1:1: object-based map does not support complex keys'] },
  {
    claim: 'nested anchors that stand for a billion nodes',
    text: BOMB,
    want: /^ {2}pack.yaml:5:\d+ e\[\d\]: up to here the aliases stand for more than 20000 nodes/,
  },
  {
    claim: 'one long string that is repeated',
    text: `a: &a "${'x'.repeat(600_000)}"\nb: [*a, *a]\n`,
    want: /^ {2}pack.yaml:2:9 b\[1\]: .* 1048576 characters$/,
  },
  {
    claim: 'brackets nested too deep',
    text: '['.repeat(5000),
    want: ['1:100: it is nested more than 100 levels deep'],
  },
  { claim: 'dashes nested too deep', text: `${'- '.repeat(5000)}x`, want: /nested more than 100 levels deep/ },
  { claim: 'a merge of what is no mapping', text: 'a: {<<: 1}\n', want: /cannot merge mappings/ },
];

for (const { claim, text, want } of refused) {
  test(`${claim} is refused with its place`, () => {
    const error = refusal(text);
    assert.equal(error.code, 'INVALID_YAML');
    assert.ok(error.hint);
    const [heading, ...lines] = error.message.split('\n');
    assert.equal(heading, "Cannot read 'pack.yaml' as YAML:");
    if (want instanceof RegExp) assert.match(lines.join('\n'), want);
    else
      assert.deepEqual(
        lines,
        want.map((line) => `  pack.yaml:${line}`),
      );
    assert.deepEqual(error.facts['problems'], error.problems);
  });
}

test('a file that is not UTF-8 is refused with the line', () => {
  const error = refusal(Buffer.concat([Buffer.from('a: \u{e9}\nb: '), Buffer.from([0xe9, 0x0a])]));
  assert.equal(error.code, 'INVALID_ENCODING');
  assert.match(error.message, /pack\.yaml:2:1: this line is not UTF-8/);
});

test('UTF-16 is refused on its first line', () => {
  assert.match(refusal(Buffer.from('\u{FEFF}a: 1\n', 'utf16le')).message, /pack\.yaml:1:1: this line is not UTF-8/);
});

test('a file may be as large as the limit and no larger', () => {
  const limits = { ...DEFAULT_LIMITS, yamlBytes: 10 };
  assert.deepEqual(read('a: 1234567', limits).value, { a: 1234567 });
  const error = refusal('a: 12345678', limits);
  assert.equal(error.code, 'INVALID_SIZE');
  assert.match(error.message, /has 11 bytes, and 10 are allowed/);
});

test('aliases may stand for as many nodes as the limit and no more', () => {
  const limits = { ...DEFAULT_LIMITS, yamlAliasedNodes: 6 };
  assert.deepEqual(read('a: &a [1, 2]\nb: [*a, *a]', limits).value, {
    a: [1, 2],
    b: [
      [1, 2],
      [1, 2],
    ],
  });
  assert.match(refusal('a: &a [1, 2]\nb: [*a, *a, *a]', limits).message, /b\[2\]: up to here/);
});

test('a key named __proto__ is a key', () => {
  const { value } = read('__proto__: {polluted: true}\n');
  assert.deepEqual(Object.keys(value as object), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

const document = read(
  'ref: slack\nversion: 1.0\n"quoted key": &anchor\n  inner: ~\nlist:\n  - a\n  - b: 1\n    "c": 2\n  -\nuse: *anchor\n',
);

const places = [
  { claim: 'the document', path: [], want: '1:1' },
  { claim: 'a key', path: ['version'], want: '2:1' },
  { claim: 'a quoted key', path: ['quoted key'], want: '3:1' },
  { claim: 'a key below one', path: ['quoted key', 'inner'], want: '4:3' },
  { claim: 'an item', path: ['list', 0], want: '6:5' },
  { claim: 'a key in an item', path: ['list', 1, 'c'], want: '8:5' },
  { claim: 'an empty item, which is where its list is', path: ['list', 2], want: '5:1' },
  { claim: 'what an alias stands for, which is where the alias is', path: ['use', 'inner'], want: '10:1' },
  { claim: 'what is not there, by its nearest parent', path: ['list', 1, 'x', 'y'], want: '7:5' },
  { claim: 'nothing at all', path: ['nothing', 'here'], want: '1:1' },
];

for (const { claim, path, want } of places) {
  test(`the position is told of ${claim}`, () => {
    const { line, column } = document.positionOf(path);
    assert.equal(`${line}:${column}`, want);
  });
}

test('the text of unquoted scalars is told, and of nothing else', () => {
  assert.equal(document.textOf(['version']), '1.0');
  assert.equal(document.textOf(['list']), undefined);
  assert.equal(document.textOf(['missing']), undefined);
  assert.equal(read('a: "1.0"').textOf(['a']), undefined);
});

test('whatever is written as YAML is read as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), (value) => {
      // YAML has no -0, and js-yaml's own keys are strings.
      const plain = JSON.parse(JSON.stringify(value));
      assert.deepEqual(read(dump(plain)).value, plain);
    }),
    { numRuns: 60 },
  );
});

test('no text makes the reader fail in any other way than by refusing', () => {
  const pieces = [
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '<<: ',
    '!x ',
    '"',
    "'",
    '|',
    '\t',
    '%',
    '---',
    ',',
    '? ',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      try {
        read(parts.join('')).positionOf(['a', 0, 'a']);
      } catch (error) {
        assert.ok(error instanceof InvalidDocument, `${error}`);
      }
    }),
    { numRuns: 500 },
  );
});
