import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../../src/checking/table.ts';
import { RULE_FAULTS, WORKFLOW_FAULTS } from '../support/checking/faults/automation.ts';
import { COMPONENT_FAULTS } from '../support/checking/faults/components.ts';
import { CODE_FAULTS, PACKAGE_FAULTS, PLATFORM_FAULTS } from '../support/checking/faults/files.ts';
import { MANIFEST_FAULTS } from '../support/checking/faults/manifest.ts';
import { CLEAN_PACK, diagnose, located, plant } from '../support/checking/planted.ts';

const FAULTS = [
  ...MANIFEST_FAULTS,
  ...COMPONENT_FAULTS,
  ...RULE_FAULTS,
  ...WORKFLOW_FAULTS,
  ...PLATFORM_FAULTS,
  ...CODE_FAULTS,
  ...PACKAGE_FAULTS,
];

test('check: a pack of every kind of component has no diagnostic', () => {
  assert.deepEqual(diagnose(CLEAN_PACK), []);
});

for (const [index, { expect, files }] of FAULTS.entries()) {
  const expected = [expect].flat();
  test(`check: planted fault ${index + 1} has exactly ${expected.join(' and ')}`, (t) => {
    const found = diagnose(plant(t, files));
    assert.deepEqual(found.map(located), expected, JSON.stringify(found, null, 1));
  });
}

test('check: every rule but those of versions has a planted fault', () => {
  const planted = new Set(FAULTS.flatMap(({ expect }) => [expect].flat().map((text) => text.split(' ', 1)[0])));
  const missing = Object.keys(RULES).filter((code) => !planted.has(code) && !UNPLANTED.includes(code));
  assert.deepEqual(missing, []);
});

/** Their faults are in hostile.test.ts, because a file cannot state them. */
const UNPLANTED = ['manifest-missing', 'manifest-missing-ref'];
