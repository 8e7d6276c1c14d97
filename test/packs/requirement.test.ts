import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequirement } from '../../src/packs/requirement.ts';

const rows = [
  { claim: 'a ref alone accepts any version', text: 'core', want: ['core', '*'] },
  { claim: 'a range may follow an @', text: 'core@^1.2', want: ['core', '^1.2'] },
  { claim: 'a version may follow an @', text: 'core@1.2.0', want: ['core', '1.2.0'] },
  { claim: 'latest means any version', text: 'core@latest', want: ['core', '*'] },
  { claim: 'comparators may follow the ref directly', text: 'core>=1,<3', want: ['core', '>=1,<3'] },
  { claim: 'a range may follow a space', text: 'core ^1.2 || ^2', want: ['core', '^1.2 || ^2'] },
  { claim: 'a version may follow a space', text: ' core 1.2 ', want: ['core', '1.2'] },
  { claim: 'spaces around the @ are ignored', text: 'core @ ~1', want: ['core', '~1'] },
  { claim: 'an exclusion is a range', text: 'core!=1.3.0', want: ['core', '!=1.3.0'] },
  { claim: 'a ref may contain digits', text: 'core-1_2~=3', want: ['core-1_2', '~=3'] },
];

for (const { claim, text, want } of rows) {
  test(`parseRequirement: ${claim}`, () => {
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
  'a'.repeat(129),
  `${'a'.repeat(10_000)}@1`,
]) {
  test(`parseRequirement: '${text}' is rejected`, () => {
    assert.throws(() => parseRequirement(text), { code: 'INVALID_REQUIREMENT' });
  });
}

test('parseRequirement: a ref of 128 characters is the longest', () => {
  assert.equal(parseRequirement(`${'a'.repeat(128)}@1`).ref.length, 128);
});

test('parseRequirement: a long hostile text does not cause backtracking', () => {
  assert.throws(() => parseRequirement(`${' '.repeat(50_000)}A`), { code: 'INVALID_REQUIREMENT' });
  assert.equal(parseRequirement(`a@1${' '.repeat(50_000)}x`).ref, 'a');
});
