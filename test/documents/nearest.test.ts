import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/documents/nearest.ts';

const rows = [
  {
    claim: 'a candidate with one edit is suggested',
    word: 'instal',
    candidates: ['uninstall', 'install', 'list'],
    want: 'install',
  },
  { claim: 'case is ignored', word: 'JSON', candidates: ['json', 'jobs'], want: 'json' },
  { claim: 'the closest candidate wins', word: 'timout', candidates: ['timing', 'timeout'], want: 'timeout' },
  { claim: 'the first of equally close candidates wins', word: 'cat', candidates: ['bat', 'hat'], want: 'bat' },
  { claim: 'a distant candidate is not suggested', word: 'verbose', candidates: ['json', 'registry'], want: undefined },
  { claim: 'two edits in five letters are too many', word: 'abcde', candidates: ['abcxy'], want: undefined },
  { claim: 'two edits in six letters are allowed', word: 'abcdef', candidates: ['abcdxy'], want: 'abcdxy' },
  { claim: 'two transposed letters are one edit', word: 'ulr', candidates: ['uri', 'url'], want: 'url' },
  { claim: 'a single letter does not suggest another letter', word: 'x', candidates: ['y'], want: undefined },
  { claim: 'an empty word has no suggestion', word: '', candidates: ['a'], want: undefined },
  { claim: 'an empty candidate list has no suggestion', word: 'a', candidates: [], want: undefined },
];

for (const { claim, word, candidates, want } of rows) {
  test(`nearest: ${claim}`, () => assert.equal(nearest(word, candidates), want));
}
