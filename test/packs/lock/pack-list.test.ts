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

const RIGHT: { claim: string; item: string; want: { ref: string; range: string | undefined } }[] = [
  { claim: 'a name', item: 'core', want: { ref: 'core', range: undefined } },
  { claim: 'a name with any version', item: '"core@*"', want: { ref: 'core', range: undefined } },
  { claim: 'a name with the latest', item: 'core@latest', want: { ref: 'core', range: undefined } },
  { claim: 'a range after @', item: 'slack@^2', want: { ref: 'slack', range: '^2' } },
  { claim: 'a range as in pack.yaml', item: '"core>=1,<3"', want: { ref: 'core', range: '>=1 <3' } },
  { claim: 'alternatives', item: 'core@^1 || ^3', want: { ref: 'core', range: '^1 || ^3' } },
  { claim: 'a mapping', item: '{ ref: jira, range: ">=1,<2" }', want: { ref: 'jira', range: '>=1 <2' } },
  { claim: 'a mapping without a range', item: '{ ref: jira }', want: { ref: 'jira', range: undefined } },
];

describe('a list of wanted packs has', () => {
  for (const { claim, item, want } of RIGHT) test(claim, () => assert.deepEqual(read(`packs:\n  - ${item}\n`), [want]));

  test('no packs at all, where that is what it says', () => assert.deepEqual(read('packs: []\n'), []));
});

const WRONG: { claim: string; text: string; want: RegExp[] }[] = [
  { claim: 'a number', text: 'packs: [3]', want: [/^1:9 packs\[0\]: expected a string or a mapping/] },
  { claim: 'a name that is no ref', text: 'packs: [Core]', want: [/'Core' names no pack/] },
  { claim: 'nothing after @', text: 'packs: ["core@"]', want: [/'core@' names no pack/] },
  { claim: 'a word for a range', text: 'packs: [core@soon]', want: [/'core@soon' has no range of versions/] },
  {
    claim: 'a range that is none',
    text: 'packs: [{ref: core, range: soon}]',
    want: [/packs\[0\]\.range: 'soon' is no range/],
  },
  { claim: 'an empty range', text: 'packs: [{ref: core, range: ""}]', want: [/packs\[0\]\.range: '' is no range/] },
  { claim: 'a misspelled key', text: 'packs: [{ref: core, rang: "1"}]', want: [/did you mean 'range'\?/] },
  {
    claim: 'another key',
    text: 'paks: []',
    want: [/^1:1 packs: is missing/, /^1:1 paks: unknown key, did you mean 'packs'\?/],
  },
  {
    claim: 'a pack twice',
    text: 'packs:\n  - core\n  - a\n  - core@1',
    want: [/^4:5 packs\[2\]: the pack 'core' is wanted already/],
  },
  { claim: 'several things', text: 'packs:\n  - 1\n  - Core\n', want: [/^2:5 /, /^3:5 /] },
  { claim: 'an empty packs', text: 'packs:', want: [/packs: expected a list but found nothing/] },
  { claim: 'nothing', text: '', want: [/expected a mapping but found nothing/] },
  { claim: 'an unknown tag', text: 'packs: !!js/function x', want: [/unknown/] },
];

describe('a list is refused that has', () => {
  for (const { claim, text, want } of WRONG) {
    test(claim, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, want.length, problems.join('\n'));
      for (const [at, pattern] of want.entries()) assert.match(problems[at] ?? '', pattern);
    });
  }
});
