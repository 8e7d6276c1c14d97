import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, type GenericSchema, nullish, number, picklist, string, union } from 'valibot';
import { InvalidDocument } from '../../src/documents/problems.ts';
import { inspectShape, mapping, mappingOf, parseShape, strictMapping } from '../../src/documents/shape.ts';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';

const yaml = (text: string) => readYaml(Buffer.from(text), 'x.yaml', DEFAULT_LIMITS);

function problems(schema: GenericSchema, text: string): string[] {
  const found = inspectShape(schema, yaml(text)).problems ?? [];
  return found.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
}

const anything = mapping({});
const words = mapping({ a: nullish(array(string())) });
const listOrMapping = mapping({ a: union([array(string()), mapping({ b: array(string()) })]) });
const runner = mapping({ type: picklist(['script', 'pytest']) });

const rows: { claim: string; schema: GenericSchema; text: string; want: string[] }[] = [
  { claim: 'a right document has no problems', schema: words, text: 'a: [b]\nc: 1\n', want: [] },
  { claim: 'an empty optional field is a missing one', schema: words, text: 'a:\n', want: [] },
  {
    claim: 'an empty file is nothing',
    schema: anything,
    text: '',
    want: ['1:1 : expected a mapping but found nothing'],
  },
  { claim: 'a list is no mapping', schema: anything, text: '- a', want: ['1:1 : expected a mapping but found a list'] },
  {
    claim: 'a list is no mapping of equal values either',
    schema: mappingOf(string()),
    text: '[]',
    want: ['1:1 : expected a mapping but found a list'],
  },
  {
    claim: 'a missing field is told where its parent is',
    schema: mapping({ x: mapping({ y: string() }) }),
    text: 'a: 1\nx: {}\n',
    want: ['2:1 x.y: is missing'],
  },
  {
    claim: 'a missing mapping is missing, not of a wrong type',
    schema: mapping({ x: anything }),
    text: 'a: 1\n',
    want: ['1:1 x: is missing'],
  },
  {
    claim: 'a number that should be text is to be quoted as it was written',
    schema: mapping({ v: string() }),
    text: 'a: 1\nv: 1.0\n',
    want: ['2:1 v: expected a string but found the number 1 (quote it: "1.0")'],
  },
  {
    claim: 'a null is not to be quoted',
    schema: mapping({ v: string() }),
    text: 'v: ~\n',
    want: ['1:1 v: expected a string but found nothing'],
  },
  {
    claim: 'text in place of a number is named',
    schema: mapping({ v: number() }),
    text: 'v: "x"\n',
    want: ['1:1 v: expected a number but found the string "x"'],
  },
  {
    claim: 'the nearest of several words is suggested',
    schema: runner,
    text: 'type: pytst\n',
    want: ['1:1 type: expected "script" or "pytest" but found the string "pytst" (did you mean "pytest"?)'],
  },
  {
    claim: 'of alternatives none of which fits, all are named',
    schema: listOrMapping,
    text: 'a: 3\n',
    want: ['1:1 a: expected a list or a mapping but found the number 3'],
  },
  {
    claim: 'of alternatives one of which fits outside, the inside is told',
    schema: listOrMapping,
    text: 'a:\n  b: [c, 3]\n',
    want: ['2:10 a.b[1]: expected a string but found the number 3 (quote it: "3")'],
  },
  {
    claim: 'all problems are told, in the order of the document',
    schema: mapping({ z: string(), a: array(string()) }),
    text: 'a: [b, 1, [2]]\nz: 3\n',
    want: [
      '1:8 a[1]: expected a string but found the number 1 (quote it: "1")',
      '1:11 a[2]: expected a string but found a list',
      '2:1 z: expected a string but found the number 3 (quote it: "3")',
    ],
  },
  {
    claim: 'all unknown keys are told, with the known one that was meant',
    schema: strictMapping({
      registry: nullish(strictMapping({ timeout: number(), list: nullish(array(strictMapping({ url: string() }))) })),
    }),
    text: 'registry:\n  timout: 1\n  qqqqqq: 2\n  list: [{ulr: x, url: y}]\nextra: 1\n',
    want: [
      '1:1 registry.timeout: is missing',
      "2:3 registry.timout: unknown key, did you mean 'timeout'?",
      '3:3 registry.qqqqqq: unknown key',
      "4:11 registry.list[0].ulr: unknown key, did you mean 'url'?",
      '5:1 extra: unknown key',
    ],
  },
  {
    claim: 'a long text is shortened',
    schema: mapping({ v: number() }),
    text: `v: ${'x'.repeat(500)}\n`,
    want: [`1:1 v: expected a number but found the string "${'x'.repeat(59)}\u{2026}"`],
  },
];

for (const { claim, schema, text, want } of rows) {
  test(claim, () => assert.deepEqual(problems(schema, text), want));
}

test('a document of the right shape comes back typed', () => {
  assert.deepEqual(parseShape(words, yaml('a: [b]'), { what: 'list of words' }).a, ['b']);
});

test('one of the wrong shape is an error with every problem and its place', () => {
  const schema = mapping({ a: string(), b: string() });
  assert.throws(
    () => parseShape(schema, yaml('a: 1\n"b c": 2\n'), { what: 'list of words', code: 'INVALID_WORDS' }),
    (error: unknown) => {
      assert.ok(error instanceof InvalidDocument);
      assert.equal(error.code, 'INVALID_WORDS');
      assert.equal(
        error.message,
        [
          "'x.yaml' is not a valid list of words:",
          '  x.yaml:1:1 a: expected a string but found the number 1 (quote it: "1")',
          '  x.yaml:1:1 b: is missing',
        ].join('\n'),
      );
      assert.deepEqual(error.facts['problems'], [
        {
          path: 'x.yaml',
          line: 1,
          column: 1,
          field: 'a',
          message: 'expected a string but found the number 1 (quote it: "1")',
        },
        { path: 'x.yaml', line: 1, column: 1, field: 'b', message: 'is missing' },
      ]);
      return true;
    },
  );
});

test('keys that are no plain words are quoted in the name of a field', () => {
  assert.deepEqual(problems(mappingOf(string()), '"a.b": 1\n'), [
    '1:1 "a.b": expected a string but found the number 1 (quote it: "1")',
  ]);
});
