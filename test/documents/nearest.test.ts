import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/documents/nearest.ts';

const rows = [
  { claim: 'a slip is forgiven', word: 'instal', candidates: ['uninstall', 'install', 'list'], want: 'install' },
  { claim: 'capitals do not count', word: 'JSON', candidates: ['json', 'jobs'], want: 'json' },
  { claim: 'the nearest wins', word: 'timout', candidates: ['timing', 'timeout'], want: 'timeout' },
  { claim: 'the first of equals wins', word: 'cat', candidates: ['bat', 'hat'], want: 'bat' },
  { claim: 'what is far is not suggested', word: 'verbose', candidates: ['json', 'registry'], want: undefined },
  { claim: 'two slips in five letters are too many', word: 'abcde', candidates: ['abcxy'], want: undefined },
  { claim: 'two slips in six letters are not', word: 'abcdef', candidates: ['abcdxy'], want: 'abcdxy' },
  { claim: 'two letters that changed places are one slip', word: 'ulr', candidates: ['uri', 'url'], want: 'url' },
  { claim: 'a letter does not suggest another one', word: 'x', candidates: ['y'], want: undefined },
  { claim: 'nothing suggests nothing', word: '', candidates: ['a'], want: undefined },
  { claim: 'there may be no candidates', word: 'a', candidates: [], want: undefined },
];

for (const { claim, word, candidates, want } of rows) {
  test(claim, () => assert.equal(nearest(word, candidates), want));
}
