import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatField, oneLine } from '../../src/documents/problems.ts';

test('no text has a line end left in it', () => {
  assert.equal(oneLine('a\nb\r\nc\u{2028}d\u{2029}e\u{85}f'), 'a\\nb\\r\\nc\\u2028d\\u2029e\\u0085f');
});

const fields = [
  { claim: 'the document itself has no name', path: [], want: '' },
  { claim: 'keys are joined by dots, positions are in brackets', path: ['packs', 3, 'ref'], want: 'packs[3].ref' },
  { claim: 'a list at the top begins with a bracket', path: [0, 'a-b_c'], want: '[0].a-b_c' },
  { claim: 'keys that are no plain words are quoted', path: ['a.b', 'c d', ''], want: '"a.b"."c d".""' },
];

for (const { claim, path, want } of fields) {
  test(claim, () => assert.equal(formatField(path), want));
}

test('a long key is shortened', () => {
  assert.ok(formatField(['x'.repeat(1000)]).length < 100);
});
