import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../src/documents/json/json.ts';
import { InvalidDocument } from '../../src/documents/problems.ts';

const read = (text: string | Uint8Array) => readJson(Buffer.from(text as string), 'index.json');

test('readJson: a document has the value that JSON.parse gives it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(read(text).value, JSON.parse(text));
    }),
    { numRuns: 100 },
  );
});

const accepted = [
  { claim: 'a byte order mark is ignored', text: '\u{FEFF}[1]', want: [1] },
  {
    claim: 'colons and quotes inside strings are not counted as members',
    text: '{"a\\":\\"": "x:y", "b": "\\\\"}',
    want: { 'a":"': 'x:y', b: '\\' },
  },
  {
    claim: 'equal keys in different objects are not duplicates',
    text: '{"a":{"a":1},"b":[{"a":1},{"a":1}]}',
    want: { a: { a: 1 }, b: [{ a: 1 }, { a: 1 }] },
  },
  {
    claim: 'a document nested 100 levels deep is accepted',
    text: `${'['.repeat(100)}${']'.repeat(100)}`,
    want: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`),
  },
];

for (const { claim, text, want } of accepted) {
  test(`readJson: ${claim}`, () => assert.deepEqual(read(text).value, want));
}

const rejected = [
  { claim: 'a duplicate key', text: '{\n "a": 1,\n "a": 1\n}', want: ["3:2 a: duplicate key 'a', first on line 2"] },
  {
    claim: 'every duplicate key, even with different escapes,',
    text: '{"p":[{"c":1,"\\u0063":{"x":1}}],\n"p":2}',
    want: ["1:14 p[0].c: duplicate key 'c', first on line 1", "2:1 p: duplicate key 'p', first on line 1"],
  },
  {
    claim: 'a duplicate key __proto__',
    text: '{"__proto__":1,"__proto__":2}',
    want: ["1:16 __proto__: duplicate key '__proto__', first on line 1"],
  },
  { claim: 'an empty file', text: '', want: ['1:1: expected a value but found the end of the file'] },
  { claim: 'an unquoted word', text: '{\n"a": x}', want: ["2:6: expected a value but found 'x'"] },
  { claim: 'NaN', text: '[NaN]', want: ["1:2: expected a value but found 'N'"] },
  { claim: 'a number with a leading zero', text: '[01]', want: ["1:2: expected a value but found '0'"] },
  { claim: 'a trailing comma', text: '{"a":1,}', want: ["1:8: expected a key in double quotes but found '}'"] },
  { claim: 'a missing comma', text: '[1\n2]', want: ["2:1: expected ',' or ']' but found '2'"] },
  { claim: 'a missing colon', text: '{"a" 1}', want: ["1:6: expected ':' but found '1'"] },
  { claim: 'a key in single quotes', text: "{'a':1}", want: ["1:2: expected a key in double quotes but found '''"] },
  { claim: 'a comment', text: '[1] // one', want: ["1:5: expected the end of the document but found '/'"] },
  { claim: 'an unterminated string', text: '["abc', want: ['1:2: this string is not terminated'] },
  {
    claim: 'a raw line feed in a string',
    text: '["a\nb"]',
    want: ['1:4: a control character in a string must be escaped'],
  },
  { claim: 'an unknown escape sequence', text: '["\\x41"]', want: ['1:3: this escape sequence is not valid'] },
  {
    claim: 'an unterminated object',
    text: '{"a":1',
    want: ["1:7: expected ',' or '}' but found the end of the file"],
  },
  {
    claim: 'a document nested more than 100 levels deep',
    text: '['.repeat(1_000_000),
    want: ['1:101: it is nested more than 100 levels deep'],
  },
];

for (const { claim, text, want } of rejected) {
  test(`readJson: ${claim} is rejected with its position`, () => {
    assert.throws(
      () => read(text),
      (error: unknown) => {
        assert.ok(error instanceof InvalidDocument);
        assert.equal(error.code, 'INVALID_JSON');
        const lines = want.map((line) => `  index.json:${line}`);
        assert.deepEqual(error.message.split('\n'), ["Cannot read 'index.json' as JSON:", ...lines]);
        return true;
      },
    );
  });
}

test('readJson: a file that is not UTF-8 is rejected with the line', () => {
  assert.throws(() => read(Buffer.from([0x5b, 0x0a, 0xff, 0x5d])), {
    code: 'INVALID_ENCODING',
    message: /:2:1: this line/,
  });
});

test('readJson: a file longer than the maximum string length is rejected as invalid input', () => {
  // The content is never read, so the system does not have to allocate memory for the zeros.
  const bytes = Buffer.alloc(constants.MAX_STRING_LENGTH + 1);
  assert.throws(() => readJson(bytes, 'index.json'), { code: 'INVALID_SIZE' });
});

test('readJson: every text that JSON.parse rejects is rejected with a position', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    'e',
    '.',
    'true',
    'nul',
    '\\',
    ' ',
    '\n',
    '\u{1}',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      try {
        JSON.parse(text);
      } catch {
        assert.throws(() => read(text), /expected|string|escape/);
      }
    }),
    { numRuns: 500 },
  );
});

test('readJson: a document knows the positions of its values and the source text of numbers', () => {
  const document = read('{\n  "packs": [\n    {"ref": "a"},\n    {"ref": 1.50}\n  ]\n}\n');
  assert.deepEqual(document.positionOf(['packs', 1, 'ref']), { line: 4, column: 6 });
  assert.deepEqual(document.positionOf(['packs', 1]), { line: 4, column: 5 });
  assert.deepEqual(document.positionOf(['packs', 7, 'ref']), { line: 2, column: 3 });
  assert.equal(document.textOf(['packs', 1, 'ref']), '1.50');
  assert.equal(document.textOf(['packs', 0, 'ref']), undefined);
});
