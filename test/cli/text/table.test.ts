import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { count, facts, table } from '../../../src/cli/text/table.ts';

const plain = new Chalk({ level: 0 });

test('columns line up, also under wide and combining characters', () => {
  const rows = [
    ['a', '1.0.0'],
    ['漢字', '2.0.0'],
    ['e\u0301te\u0301', '3.0.0'],
  ];
  assert.equal(
    table(['REF', 'VERSION'], rows, plain),
    'REF   VERSION\na     1.0.0\n漢字  2.0.0\ne\u0301te\u0301   3.0.0\n',
  );
});

test('facts that are not there have no line', () => {
  assert.equal(
    facts(
      [
        ['Author', null],
        ['License', 'MIT'],
        ['Registry', undefined],
      ],
      plain,
    ),
    '  License: MIT\n',
  );
});

test('one is not many', () =>
  assert.deepEqual([count(1, 'pack'), count(0, 'pack'), count(2, 'pack')], ['1 pack', '0 packs', '2 packs']));
