import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatField, oneLine } from '../../src/documents/problems.ts';

test('oneLine: line breaks of every kind are escaped', () => {
  assert.equal(oneLine('a\nb\r\nc\u{2028}d\u{2029}e\u{85}f'), 'a\\nb\\r\\nc\\u2028d\\u2029e\\u0085f');
});

const fields = [
  { claim: 'the document itself has an empty name', path: [], want: '' },
  { claim: 'keys are joined by dots, list indexes are in brackets', path: ['packs', 3, 'ref'], want: 'packs[3].ref' },
  { claim: 'a path into a top-level list begins with a bracket', path: [0, 'a-b_c'], want: '[0].a-b_c' },
  { claim: 'keys that are not plain words are quoted', path: ['a.b', 'c d', ''], want: '"a.b"."c d".""' },
];

for (const { claim, path, want } of fields) {
  test(`formatField: ${claim}`, () => assert.equal(formatField(path), want));
}

test('formatField: a long key is truncated', () => {
  assert.ok(formatField(['x'.repeat(1000)]).length < 100);
});
