import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../src/documents/problems.ts';
import { COMPONENT_FAULTS } from '../support/checking/faults/components.ts';
import { MANIFEST_FAULTS } from '../support/checking/faults/manifest.ts';
import { diagnose, located, type Planted, plant } from '../support/checking/planted.ts';
import { createCliHarness } from '../support/cli.ts';

/** Faults that installation refuses, with the number of problems that it lists. */
const REFUSED = new Set([
  ...['yaml-syntax', 'yaml-duplicate-key', 'yaml-encoding', 'yaml-limits', 'manifest-missing-version'],
  ...['manifest-version-type', 'manifest-version-format', 'manifest-field-type', 'manifest-interpreter-type'],
  ...['component-ref-duplicate', 'component-field-type'],
]);
const FAULTS = [...MANIFEST_FAULTS, ...COMPONENT_FAULTS].filter(({ expect }) => REFUSED.has(codeOf(expect)));

function codeOf(expect: Planted['expect']): string {
  return [expect].flat()[0]?.split(' ', 1)[0] ?? '';
}

for (const { expect, files } of FAULTS) {
  test(`pack install: what it refuses has the code and the line of pack check: ${[expect].flat()}`, async (t) => {
    const cli = createCliHarness(t);
    const pack = plant(t, files);
    const { status, document } = await cli.json('pack', 'install', pack, '--tests', 'skip');
    if (status !== 3) return assert.ok(INSTALLED.includes(codeOf(expect)), `exit ${status}`);
    const problems = document.error.details.problems as Problem[];
    const found = diagnose(pack).map((diagnostic) => lineOf(located(diagnostic)));
    for (const { rule, path, line } of problems)
      assert.ok(found.includes(`${rule} ${path}:${line}`), `${rule} ${path}:${line}`);
  });
}

/** Other forms of these faults are not refused: fields and kinds of components that installation does not read. */
const INSTALLED = ['yaml-encoding', 'component-field-type', 'component-ref-duplicate'];

function lineOf(text: string): string {
  return text.replace(/:\d+$/, '');
}
