import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import type { RunnerType, TestingSection, TestRunner } from '../../../src/packs/manifest/types.ts';
import { readPack } from '../../../src/packs/pack.ts';
import type { TestReport, TestSuite } from '../../../src/packs/test-report.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { runTests } from '../../../src/testing/run-tests.ts';
import type { TestedPack, TestRunRequest } from '../../../src/testing/test-run.ts';
import { temporaryDirectory } from '../temporary.ts';

/** Creates a pack in a temporary directory. Files that begin with `#!` are executable. */
export function packOf(
  test: TestContext,
  testing: Partial<TestingSection> | undefined,
  files: Readonly<Record<string, string>>,
): TestedPack {
  const root = temporaryDirectory(test);
  for (const [path, content] of Object.entries({ 'pack.yaml': 'ref: demo\nversion: 1.2.3\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), content.startsWith('#!') ? 0o755 : 0o644);
  }
  return { root, manifest: { ref: 'demo', version: '1.2.3', testing: testing && sectionOf(testing) } };
}

export function sectionOf(fields: Partial<TestingSection>): TestingSection {
  return {
    enabled: true,
    discovery: { method: 'directory', path: 'tests' },
    runners: [],
    resultFormat: undefined,
    resultPath: undefined,
    minPassRate: 1,
    onFailure: 'block',
    network: false,
    ...fields,
  };
}

export function runnerOf(type: RunnerType, fields: Partial<TestRunner> = {}): TestRunner {
  return {
    name: type,
    type,
    entryPoint: undefined,
    command: undefined,
    timeoutSeconds: 30,
    resultFormat: undefined,
    resultPath: undefined,
    ...fields,
  };
}

export interface RunOptions extends Omit<TestRunRequest, 'workspace'> {
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export async function run(
  test: TestContext,
  pack: TestedPack,
  { variables = process.env, ...request }: RunOptions = {},
): Promise<{ report: TestReport; warnings: readonly string[]; workspace: string }> {
  const workspace = temporaryDirectory(test);
  const reporter = collectWarnings(silentReporter);
  const tools = { processes: systemProcesses({ offline: false }), clock: systemClock, reporter, variables };
  const report = await runTests(pack, { workspace, ...request }, tools);
  assertConsistent(report);
  return { report, warnings: reporter.warnings, workspace };
}

/** Runs a single runner on a pack with the given files and returns its suite. */
export async function runOne(
  test: TestContext,
  runner: TestRunner,
  files: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<TestSuite> {
  const { report } = await run(test, packOf(test, { runners: [runner] }, files), options);
  const [suite] = report.test_suites;
  assert.ok(suite);
  return suite;
}

export function namesAndStatuses(suite: TestSuite): string[] {
  return suite.test_cases.map(({ name, status }) => `${name}: ${status}`);
}

export function countsOf({ passed, failed, skipped }: TestSuite): number[] {
  return [passed, failed, skipped];
}

export function fixturePack(name: string): TestedPack {
  const path = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'packs', name);
  return readPack(path, DEFAULT_LIMITS);
}

/** Asserts the invariants of every report. */
export function assertConsistent(report: TestReport): void {
  for (const suite of report.test_suites) {
    assert.equal(suite.total, suite.passed + suite.failed + suite.skipped, suite.name);
    assert.ok(suite.test_cases.length <= suite.total, `${suite.name} has more cases than it counts`);
    for (const testCase of suite.test_cases) {
      if (testCase.status === 'failed') assert.ok(testCase.error_message, `${testCase.name} failed without a reason`);
      assert.ok(Number.isFinite(testCase.duration_ms) && testCase.duration_ms >= 0, testCase.name);
      for (const text of [testCase.name, testCase.error_message, testCase.stdout, testCase.stderr]) {
        assert.ok(text === null || text.isWellFormed(), testCase.name);
      }
    }
  }
  assert.equal(report.total_tests, report.passed + report.failed + report.skipped);
  assert.ok(report.pass_rate >= 0 && report.pass_rate <= 1);
  assert.equal(report.status === 'failed', report.failed > 0);
}
