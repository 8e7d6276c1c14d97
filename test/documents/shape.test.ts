import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, type GenericSchema, nullish, number, picklist, string, union } from 'valibot';
import { InvalidDocument } from '../../src/documents/problems.ts';
import { checkShape, mapping, mappingOf, parseShape, strictMapping } from '../../src/documents/shape.ts';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';

const yaml = (text: string) => readYaml(Buffer.from(text), 'x.yaml', DEFAULT_LIMITS);

function problems(schema: GenericSchema, text: string): string[] {
  const found = checkShape(schema, yaml(text)).problems ?? [];
  return found.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
}

const anything = mapping({});
const optionalList = mapping({ a: nullish(array(string())) });
const listOrMapping = mapping({ a: union([array(string()), mapping({ b: array(string()) })]) });
const runner = mapping({ type: picklist(['script', 'pytest']) });

const rows: { claim: string; schema: GenericSchema; text: string; want: string[] }[] = [
  { claim: 'a valid document has no problems', schema: optionalList, text: 'a: [b]\nc: 1\n', want: [] },
  { claim: 'an empty optional field counts as missing', schema: optionalList, text: 'a:\n', want: [] },
  {
    claim: 'an empty file is reported as nothing',
    schema: anything,
    text: '',
    want: ['1:1 : expected a mapping but found nothing'],
  },
  {
    claim: 'a list is not accepted as a mapping',
    schema: anything,
    text: '- a',
    want: ['1:1 : expected a mapping but found a list'],
  },
  {
    claim: 'an empty list is not accepted as a mapping of any keys',
    schema: mappingOf(string()),
    text: '[]',
    want: ['1:1 : expected a mapping but found a list'],
  },
  {
    claim: 'a missing field is reported at its parent',
    schema: mapping({ x: mapping({ y: string() }) }),
    text: 'a: 1\nx: {}\n',
    want: ['2:1 x.y: is missing'],
  },
  {
    claim: 'a missing mapping is reported as missing, not as the wrong type',
    schema: mapping({ x: anything }),
    text: 'a: 1\n',
    want: ['1:1 x: is missing'],
  },
  {
    claim: 'a number in place of a string suggests quoting its source text',
    schema: mapping({ v: string() }),
    text: 'a: 1\nv: 1.0\n',
    want: ['2:1 v: expected a string but found the number 1 (quote it: "1.0")'],
  },
  {
    claim: 'a null in place of a string does not suggest quoting',
    schema: mapping({ v: string() }),
    text: 'v: ~\n',
    want: ['1:1 v: expected a string but found nothing'],
  },
  {
    claim: 'a string in place of a number is shown',
    schema: mapping({ v: number() }),
    text: 'v: "x"\n',
    want: ['1:1 v: expected a number but found the string "x"'],
  },
  {
    claim: 'the closest of several literals is suggested',
    schema: runner,
    text: 'type: pytst\n',
    want: ['1:1 type: expected "script" or "pytest" but found the string "pytst" (did you mean "pytest"?)'],
  },
  {
    claim: 'all alternatives are listed when none matches',
    schema: listOrMapping,
    text: 'a: 3\n',
    want: ['1:1 a: expected a list or a mapping but found the number 3'],
  },
  {
    claim: 'the nested problem is reported when one alternative matches at the top level',
    schema: listOrMapping,
    text: 'a:\n  b: [c, 3]\n',
    want: ['2:10 a.b[1]: expected a string but found the number 3 (quote it: "3")'],
  },
  {
    claim: 'all problems are reported in document order',
    schema: mapping({ z: string(), a: array(string()) }),
    text: 'a: [b, 1, [2]]\nz: 3\n',
    want: [
      '1:8 a[1]: expected a string but found the number 1 (quote it: "1")',
      '1:11 a[2]: expected a string but found a list',
      '2:1 z: expected a string but found the number 3 (quote it: "3")',
    ],
  },
  {
    claim: 'every unknown key is reported with the closest known key',
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
    claim: 'a long string is truncated',
    schema: mapping({ v: number() }),
    text: `v: ${'x'.repeat(500)}\n`,
    want: [`1:1 v: expected a number but found the string "${'x'.repeat(59)}\u{2026}"`],
  },
];

for (const { claim, schema, text, want } of rows) {
  test(`checkShape: ${claim}`, () => assert.deepEqual(problems(schema, text), want));
}

test('parseShape: a valid document is returned typed', () => {
  assert.deepEqual(parseShape(optionalList, yaml('a: [b]'), { documentType: 'word list' }).a, ['b']);
});

test('parseShape: an invalid document throws every problem with its position', () => {
  const schema = mapping({ a: string(), b: string() });
  assert.throws(
    () => parseShape(schema, yaml('a: 1\n"b c": 2\n'), { documentType: 'word list', code: 'INVALID_WORDS' }),
    (error: unknown) => {
      assert.ok(error instanceof InvalidDocument);
      assert.equal(error.code, 'INVALID_WORDS');
      assert.equal(
        error.message,
        [
          "'x.yaml' is not a valid word list:",
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

test('checkShape: keys that are not plain words are quoted in field names', () => {
  assert.deepEqual(problems(mappingOf(string()), '"a.b": 1\n'), [
    '1:1 "a.b": expected a string but found the number 1 (quote it: "1")',
  ]);
});
