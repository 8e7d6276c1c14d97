import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULE_FAULTS, WORKFLOW_FAULTS } from '../support/checking/faults/automation.ts';
import { COMPONENT_FAULTS } from '../support/checking/faults/components.ts';
import { MANIFEST_FAULTS } from '../support/checking/faults/manifest.ts';
import { CLEAN_PACK, diagnose, located, plant } from '../support/checking/planted.ts';

const FAULTS = [...MANIFEST_FAULTS, ...COMPONENT_FAULTS, ...RULE_FAULTS, ...WORKFLOW_FAULTS];

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
