import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { facts, table } from '../../../src/cli/text/table.ts';

const plain = new Chalk({ level: 0 });

test('table: columns are aligned with wide and combining characters', () => {
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

test('facts: null and undefined values have no line', () => {
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
