import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestSuite } from '../../src/packs/test-report.ts';
import { passesGate } from '../../src/testing/results/verdict.ts';
import { findPythonWith, pathWith, skipWithout } from '../support/testing/programs.ts';
import { fixturePack, run } from '../support/testing/run.ts';

const PACKS = join(import.meta.dirname, '..', '..', 'fixtures', 'packs');
const PYTHON = findPythonWith('unittest') ?? 'python3';
const PYTEST = findPythonWith('pytest');

/** The expected suites of each pack: name, type, passed, failed, skipped. */
const WANT: Readonly<Record<string, readonly (readonly [string, string, number, number, number])[]>> = {
  core: [['shell', 'script', 12, 0, 0]],
  deploy: [
    ['python', 'unittest', 7, 0, 0],
    ['shell', 'script', 10, 0, 0],
  ],
  flaky: [['python', 'unittest', 2, 2, 1]],
  'http-tools': [['python', 'unittest', 20, 0, 0]],
  legacy: [['executable', 'command', 6, 0, 0]],
  monitoring: [
    ['limits', 'unittest', 7, 0, 0],
    ['disk usage', 'command', 3, 0, 0],
  ],
  'pytest-pack': [['python', 'pytest', 22, 0, 0]],
  'text-tools': [['node', 'node', 21, 0, 0]],
};

test('fixture packs: every pack has expected results', () => {
  assert.deepEqual(readdirSync(PACKS).sort(), Object.keys(WANT).sort());
});

for (const [name, want] of Object.entries(WANT)) {
  const skip = name === 'pytest-pack' ? skipWithout(PYTEST, 'a python3 with pytest') : false;
  test(`fixture packs: the tests of ${name} have the expected results`, { skip }, async (t) => {
    const pack = fixturePack(name);
    const python3 = (name === 'pytest-pack' ? PYTEST : undefined) ?? PYTHON;
    const { report, warnings } = await run(t, pack, { variables: pathWith(t, { python3 }) });
    const suites = report.test_suites.map((suite) => [
      suite.name,
      suite.runner_type,
      suite.passed,
      suite.failed,
      suite.skipped,
    ]);
    assert.deepEqual(suites, want, JSON.stringify(failures(report.test_suites), null, 1));
    for (const suite of report.test_suites)
      assert.equal(suite.test_cases.length, suite.total, 'every test should be a case');
    assert.equal(passesGate(report, pack.manifest.testing), name !== 'flaky');
    assert.deepEqual(warnings, []);
  });
}

function failures(suites: readonly TestSuite[]): unknown {
  return suites.flatMap(({ test_cases }) => test_cases.filter(({ status }) => status === 'failed'));
}

test('fixture packs: exactly the scripts are executable', () => {
  for (const entry of readdirSync(PACKS, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const isScript = readFileSync(path).subarray(0, 2).toString() === '#!';
    assert.equal((statSync(path).mode & 0o111) !== 0, isScript, path);
  }
});
