import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count } from '../../src/platform/count.ts';

test('count: only the amount 1 has a singular noun', () =>
  assert.deepEqual([count(1, 'pack'), count(0, 'pack'), count(2, 'pack')], ['1 pack', '0 packs', '2 packs']));
