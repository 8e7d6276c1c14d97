import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPackList } from '../../../src/packs/lock/pack-list.ts';

const read = (text: string) => readPackList(Buffer.from(text), 'attune.packs.yaml', DEFAULT_LIMITS);

function problemsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidDocument, String(error));
    return error.problems.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
  }
}

const VALID: { claim: string; item: string; want: { ref: string; range: string | undefined } }[] = [
  { claim: 'a ref', item: 'core', want: { ref: 'core', range: undefined } },
  { claim: 'a ref with any version', item: '"core@*"', want: { ref: 'core', range: undefined } },
  { claim: 'a ref with the latest version', item: 'core@latest', want: { ref: 'core', range: undefined } },
  { claim: 'a range after @', item: 'slack@^2', want: { ref: 'slack', range: '^2' } },
  { claim: 'a range as in pack.yaml', item: '"core>=1,<3"', want: { ref: 'core', range: '>=1 <3' } },
  { claim: 'alternatives', item: 'core@^1 || ^3', want: { ref: 'core', range: '^1 || ^3' } },
  { claim: 'a mapping', item: '{ ref: jira, range: ">=1,<2" }', want: { ref: 'jira', range: '>=1 <2' } },
  { claim: 'a mapping without a range', item: '{ ref: jira }', want: { ref: 'jira', range: undefined } },
];

describe('readPackList: a list is accepted', () => {
  for (const { claim, item, want } of VALID)
    test(`with ${claim}`, () => assert.deepEqual(read(`packs:\n  - ${item}\n`), [want]));

  test('with no packs', () => assert.deepEqual(read('packs: []\n'), []));
});

const INVALID: { claim: string; text: string; want: RegExp[] }[] = [
  { claim: 'a number', text: 'packs: [3]', want: [/^1:9 packs\[0\]: expected a string or a mapping/] },
  { claim: 'an invalid ref', text: 'packs: [Core]', want: [/'Core' is not a valid pack/] },
  { claim: 'nothing after @', text: 'packs: ["core@"]', want: [/'core@' is not a valid pack/] },
  { claim: 'an invalid range after @', text: 'packs: [core@soon]', want: [/'core@soon' has no valid version range/] },
  {
    claim: 'an invalid range',
    text: 'packs: [{ref: core, range: soon}]',
    want: [/packs\[0\]\.range: 'soon' is not a version range/],
  },
  {
    claim: 'an empty range',
    text: 'packs: [{ref: core, range: ""}]',
    want: [/packs\[0\]\.range: '' is not a version range/],
  },
  { claim: 'a misspelled key', text: 'packs: [{ref: core, rang: "1"}]', want: [/did you mean 'range'\?/] },
  {
    claim: 'an unknown key',
    text: 'paks: []',
    want: [/^1:1 packs: is missing/, /^1:1 paks: unknown key, did you mean 'packs'\?/],
  },
  {
    claim: 'a duplicate pack',
    text: 'packs:\n  - core\n  - a\n  - core@1',
    want: [/^4:5 packs\[2\]: the pack 'core' is already listed/],
  },
  { claim: 'several problems', text: 'packs:\n  - 1\n  - Core\n', want: [/^2:5 /, /^3:5 /] },
  { claim: 'an empty packs field', text: 'packs:', want: [/packs: expected a list but found nothing/] },
  { claim: 'an empty file', text: '', want: [/expected a mapping but found nothing/] },
  { claim: 'an unknown tag', text: 'packs: !!js/function x', want: [/unknown/] },
];

describe('readPackList: a list is rejected', () => {
  for (const { claim, text, want } of INVALID) {
    test(`because of ${claim}`, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, want.length, problems.join('\n'));
      for (const [index, pattern] of want.entries()) assert.match(problems[index] ?? '', pattern);
    });
  }
});
