import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { InvalidDocument } from '../../src/documents/problems.ts';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';

const read = (text: string | Uint8Array, limits = DEFAULT_LIMITS) =>
  readYaml(Buffer.from(text as string), 'pack.yaml', limits);

function rejection(text: string | Uint8Array, limits = DEFAULT_LIMITS): InvalidDocument {
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
  { claim: 'a byte order mark is ignored', text: '\u{FEFF}ref: slack\n', want: { ref: 'slack' } },
  { claim: 'document markers and CR LF are accepted', text: '---\r\nref: slack\r\n...\r\n', want: { ref: 'slack' } },
  {
    claim: 'booleans, dates and octals of YAML 1.1 are not converted',
    text: 'a: yes\nb: 2026-01-02\nc: 0777\n',
    want: { a: 'yes', b: '2026-01-02', c: 777 },
  },
  { claim: 'aliases are expanded', text: 'a: &a [1]\nb: *a\n', want: { a: [1], b: [1] } },
  {
    claim: '<< merges a mapping, and its own keys win',
    text: 'a: &a {k: 1}\nb: {<<: *a, k: 2}\n',
    want: { a: { k: 1 }, b: { k: 2 } },
  },
];

for (const { claim, text, want } of accepted) {
  test(`readYaml: ${claim}`, () => assert.deepEqual(read(text).value, want));
}

const rejected = [
  { claim: 'a duplicate key', text: 'a: 1\nb: 2\na: 3\n', want: ["3:1 a: duplicate key 'a', first on line 1"] },
  {
    claim: 'every duplicate key, quoted and nested ones included,',
    text: 'a: {x: 1, "x": 2}\nb:\n  - c: 1\n    c: 2\n',
    want: ["1:11 a.x: duplicate key 'x', first on line 1", "4:5 b[0].c: duplicate key 'c', first on line 3"],
  },
  { claim: 'a duplicate key in two spellings', text: '1: a\n0x1: b\n', want: ['2:1 0x1: duplicate key'] },
  {
    claim: 'an unknown scalar tag',
    text: 'x:\n  a: !!binary aGk=\n',
    want: ['2:6 x.a: unknown scalar tag !<tag:yaml.org,2002:binary>'],
  },
  {
    claim: 'a tag that constructs an object',
    text: 'a: !!python/object/apply:os.system [ls]\n',
    want: ['1:4 a: unknown sequence tag !<tag:yaml.org,2002:python/object/apply:os.system>'],
  },
  { claim: 'an unclosed bracket', text: 'a: [1\nb: 2\n', want: /^ {2}pack.yaml:\d:\d: / },
  {
    claim: 'a tab as indentation',
    text: 'a:\n\tb: 1\n',
    want: ['2:1: tab characters must not be used in indentation'],
  },
  { claim: 'a NUL character', text: 'a: \0\n', want: ['1:4: null byte is not allowed in input'] },
  {
    claim: 'a file with two documents',
    text: 'a: 1\n---\nb: 2\n',
    want: ['3:1: a second document begins here, and only one is allowed'],
  },
  {
    claim: 'a file with two empty documents',
    text: '---\n---\n',
    want: ['1:1: a second document begins here, and only one is allowed'],
  },
  { claim: 'an alias of an unknown anchor', text: 'a: *b\n', want: ['1:5 a: unidentified alias "b"'] },
  {
    claim: 'a circular alias',
    text: 'a: &x {b: {c: *x}}\n',
    want: ['1:15 a.b.c: this alias refers to a value that contains it'],
  },
  { claim: 'a list as a key', text: '? [a]\n: b\n', want: ['1:1: object-based map does not support complex keys'] },
  {
    claim: 'an anchor bomb of a billion nodes',
    text: BOMB,
    want: /^ {2}pack.yaml:5:\d+ e\[\d\]: up to here the aliases expand to more than 20000 nodes/,
  },
  {
    claim: 'a long string repeated by aliases',
    text: `a: &a "${'x'.repeat(600_000)}"\nb: [*a, *a]\n`,
    want: /^ {2}pack.yaml:2:9 b\[1\]: .* 1048576 characters$/,
  },
  {
    claim: 'a list of brackets nested more than 100 levels deep',
    text: '['.repeat(5000),
    want: ['1:100: it is nested more than 100 levels deep'],
  },
  {
    claim: 'a list of dashes nested more than 100 levels deep',
    text: `${'- '.repeat(5000)}x`,
    want: /nested more than 100 levels deep/,
  },
  { claim: 'a merge of a value that is not a mapping', text: 'a: {<<: 1}\n', want: /cannot merge mappings/ },
];

for (const { claim, text, want } of rejected) {
  test(`readYaml: ${claim} is rejected with its position`, () => {
    const error = rejection(text);
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

test('readYaml: a file that is not UTF-8 is rejected with the line', () => {
  const error = rejection(Buffer.concat([Buffer.from('a: \u{e9}\nb: '), Buffer.from([0xe9, 0x0a])]));
  assert.equal(error.code, 'INVALID_ENCODING');
  assert.match(error.message, /pack\.yaml:2:1: this line is not UTF-8/);
});

test('readYaml: UTF-16 is rejected on its first line', () => {
  assert.match(rejection(Buffer.from('\u{FEFF}a: 1\n', 'utf16le')).message, /pack\.yaml:1:1: this line is not UTF-8/);
});

test('readYaml: a file of exactly the size limit is accepted and a larger one is rejected', () => {
  const limits = { ...DEFAULT_LIMITS, yamlBytes: 10 };
  assert.deepEqual(read('a: 1234567', limits).value, { a: 1234567 });
  const error = rejection('a: 12345678', limits);
  assert.equal(error.code, 'INVALID_SIZE');
  assert.match(error.message, /has 11 bytes, and the limit is 10 bytes/);
});

test('readYaml: aliases may expand to exactly the node limit and not beyond it', () => {
  const limits = { ...DEFAULT_LIMITS, yamlAliasedNodes: 6 };
  assert.deepEqual(read('a: &a [1, 2]\nb: [*a, *a]', limits).value, {
    a: [1, 2],
    b: [
      [1, 2],
      [1, 2],
    ],
  });
  assert.match(rejection('a: &a [1, 2]\nb: [*a, *a, *a]', limits).message, /b\[2\]: up to here/);
});

test('readYaml: __proto__ is an ordinary key', () => {
  const { value } = read('__proto__: {polluted: true}\n');
  assert.deepEqual(Object.keys(value as object), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

const document = read(
  'ref: slack\nversion: 1.0\n"quoted key": &anchor\n  inner: ~\nlist:\n  - a\n  - b: 1\n    "c": 2\n  -\nuse: *anchor\n',
);

const positions = [
  { claim: 'the document starts at its first character', path: [], want: '1:1' },
  { claim: 'a top-level key is located', path: ['version'], want: '2:1' },
  { claim: 'a quoted key is located', path: ['quoted key'], want: '3:1' },
  { claim: 'a nested key is located', path: ['quoted key', 'inner'], want: '4:3' },
  { claim: 'a list item is located', path: ['list', 0], want: '6:5' },
  { claim: 'a key in a list item is located', path: ['list', 1, 'c'], want: '8:5' },
  { claim: 'an empty list item is located at its list', path: ['list', 2], want: '5:1' },
  { claim: 'a value inside an alias is located at the alias', path: ['use', 'inner'], want: '10:1' },
  { claim: 'a missing value is located at its nearest parent', path: ['list', 1, 'x', 'y'], want: '7:5' },
  { claim: 'an unknown path is located at the start of the document', path: ['nothing', 'here'], want: '1:1' },
];

for (const { claim, path, want } of positions) {
  test(`positionOf: ${claim}`, () => {
    const { line, column } = document.positionOf(path);
    assert.equal(`${line}:${column}`, want);
  });
}

test('textOf: only unquoted scalars have a source text', () => {
  assert.equal(document.textOf(['version']), '1.0');
  assert.equal(document.textOf(['list']), undefined);
  assert.equal(document.textOf(['missing']), undefined);
  assert.equal(read('a: "1.0"').textOf(['a']), undefined);
});

test('readYaml: any value that is written as YAML is read back unchanged', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), (value) => {
      // YAML has no -0, and js-yaml's own keys are strings.
      const plain = JSON.parse(JSON.stringify(value));
      assert.deepEqual(read(dump(plain)).value, plain);
    }),
    { numRuns: 60 },
  );
});

test('readYaml: an arbitrary text never causes an error other than InvalidDocument', () => {
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
