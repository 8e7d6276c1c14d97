import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequirement } from '../../src/packs/requirement.ts';

const rows = [
  { claim: 'a ref alone may have any version', text: 'core', want: ['core', '*'] },
  { claim: 'a range follows an @', text: 'core@^1.2', want: ['core', '^1.2'] },
  { claim: 'a version follows an @', text: 'core@1.2.0', want: ['core', '1.2.0'] },
  { claim: 'latest is any version', text: 'core@latest', want: ['core', '*'] },
  { claim: 'comparators follow directly', text: 'core>=1,<3', want: ['core', '>=1,<3'] },
  { claim: 'a range follows a blank', text: 'core ^1.2 || ^2', want: ['core', '^1.2 || ^2'] },
  { claim: 'a version follows a blank', text: ' core 1.2 ', want: ['core', '1.2'] },
  { claim: 'blanks around the @ do not matter', text: 'core @ ~1', want: ['core', '~1'] },
  { claim: 'an exclusion is a range', text: 'core!=1.3.0', want: ['core', '!=1.3.0'] },
  { claim: 'a ref may end in digits', text: 'core-1_2~=3', want: ['core-1_2', '~=3'] },
];

for (const { claim, text, want } of rows) {
  test(claim, () => {
    const { ref, range } = parseRequirement(text);
    assert.deepEqual([ref, range], want);
  });
}

for (const text of [
  '',
  ' ',
  'Core',
  '1core',
  '@1',
  'core@',
  'core@ ',
  'core.utils',
  'core/utils',
  '../core',
  '>=1',
  '*',
]) {
  test(`'${text}' says of no pack that it is needed`, () => {
    assert.throws(() => parseRequirement(text), { code: 'INVALID_REQUIREMENT' });
  });
}

test('a long hostile text is read in no time', () => {
  assert.throws(() => parseRequirement(`${' '.repeat(50_000)}A`), { code: 'INVALID_REQUIREMENT' });
  assert.equal(parseRequirement(`a@1${' '.repeat(50_000)}x`).ref, 'a');
});
