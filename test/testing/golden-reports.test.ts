import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { readPack } from '../../src/packs/pack.ts';
import type { TestReport } from '../../src/packs/test-report.ts';
import { PROJECT } from '../support/attune.ts';
import { contentsOf } from '../support/cli.ts';
import { findPythonWith, pathWith, programOf, skipWithout } from '../support/testing/programs.ts';
import { run } from '../support/testing/run.ts';

const PACKS = join(PROJECT, 'fixtures', 'testing');
const GOLDEN = join(import.meta.dirname, 'golden', 'reports');
const PROGRAMS = {
  python3: findPythonWith('unittest') ?? 'python3',
  node: process.execPath,
  ...Object.fromEntries(['jest', 'mocha'].flatMap((name) => programOf(name).map((path) => [name, path]))),
};

/** Jest has 190 packages, too many for a development dependency, so its test runs only where jest is installed. */
const SKIPPED = {
  jest: programOf('jest').length === 0 ? 'needs jest' : false,
  mocha: skipWithout(programOf('mocha')[0], 'mocha'),
};

/** Returns the parts of a report that do not depend on the run, the machine or the versions of Python and Node. */
function stableParts({ pack_ref, pack_version, test_suites, ...totals }: TestReport): unknown {
  const { status, total_tests, passed, failed, skipped, pass_rate } = totals;
  const suites = test_suites.map(({ duration_ms: _, test_cases, ...suite }) => ({
    ...suite,
    test_cases: test_cases.map(({ duration_ms: __, error_message, stdout, stderr, ...testCase }) => ({
      ...testCase,
      error_message: error_message?.split('\n')[0] ?? null,
      stdout: abbreviate(stdout),
      stderr: abbreviate(stderr),
    })),
  }));
  return { pack_ref, pack_version, status, total_tests, passed, failed, skipped, pass_rate, test_suites: suites };
}

/** Abbreviates long texts and replaces output of runners, which contains times and paths. */
function abbreviate(text: string | null): string | null {
  if (text === null || text.length <= 200)
    return text === null || !/\bms\b|duration|Time:|\//.test(text) ? text : '(output of the runner)';
  const cut = /\[\.\.\. (?:cut|\d+ bytes left out) \.\.\.\]/.exec(text)?.[0];
  return cut === undefined ? '(output of the runner)' : `${text.slice(0, 20)} ${cut} ${text.slice(-20)}`;
}

for (const name of readdirSync(PACKS).sort()) {
  const skip = name in SKIPPED ? SKIPPED[name as keyof typeof SKIPPED] : false;
  test(`golden reports: the report of the fixture '${name}' is unchanged`, { skip, timeout: 60_000 }, async (t) => {
    const root = join(PACKS, name);
    const before = contentsOf(root);
    const pack = readPack(root, DEFAULT_LIMITS);
    const { report, warnings } = await run(t, pack, { variables: pathWith(t, PROGRAMS), jobs: 2 });
    const golden = join(GOLDEN, `${name}.json`);
    // `UPDATE_GOLDEN=1` rewrites the golden files; review the changes before committing them.
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, `${JSON.stringify(stableParts(report), null, 2)}\n`);
    assert.deepEqual(JSON.parse(JSON.stringify(stableParts(report))), JSON.parse(readFileSync(golden, 'utf8')));
    assert.deepEqual(warnings, []);
    assert.deepEqual(contentsOf(root), before, 'the tests changed the pack itself');
  });
}

test('every golden report has its fixture', () => {
  const names = readdirSync(GOLDEN).map((file) => file.replace('.json', ''));
  assert.deepEqual(names.sort(), readdirSync(PACKS).sort());
});
