import { AttuneError } from '../../errors.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { StagingArea } from '../../store/staging.ts';
import { passesGate } from '../../testing/results/verdict.ts';
import { runTests } from '../../testing/run-tests.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { type PreparedEnvironments, prepareEnvironments } from '../test/prepare-environments.ts';

export class TestsFailed extends AttuneError {
  /** @param mayForce false for a command without `--force` */
  constructor(report: TestReport, mayForce: boolean) {
    const force = mayForce ? 'anyway with --force, or ' : '';
    super('TESTS_FAILED', formatFailures(report), {
      facts: { report },
      hint: `See all results with 'attune pack test PATH --detailed'. Install ${report.pack_ref} ${force}without tests with --skip-tests.`,
    });
  }
}

/** Returns a heading and a line for each failed test case. */
function formatFailures(report: TestReport): string {
  const { pack_ref: ref, pack_version: version, passed, total_tests: total } = report;
  const failures = report.test_suites.flatMap((suite) =>
    suite.test_cases
      .filter(({ status }) => status === 'failed')
      .map(
        ({ name, error_message }) =>
          `  ${suite.name}: ${name}${error_message ? `: ${error_message.split('\n')[0]}` : ''}`,
      ),
  );
  return [`The tests of ${ref} ${version} did not pass (${passed}/${total}):`, ...failures].join('\n');
}

export interface TestGateOptions {
  readonly skipTests: boolean;
  /** Installs packs in spite of failing tests, with a warning. */
  readonly force: boolean;
  /** False for a command without `--force`. */
  readonly mayForce?: boolean;
  /** Prepares the environments of the packs first and keeps them. */
  readonly env?: boolean | undefined;
}

/**
 * Runs the tests of staged packs, one pack after another, because the tests of two packs could interfere.
 * @returns the packs with their test reports; without one where the tests are skipped or the pack has none
 * @throws TestsFailed
 */
export async function testStagedPacks<P extends { readonly staged: StagedPack }>(
  packs: readonly P[],
  { skipTests, force, mayForce = true, env }: TestGateOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<(P & { readonly report: TestReport | undefined })[]> {
  const tested = [];
  for (const pack of packs) {
    const { root, manifest } = pack.staged.pack;
    using prepared = env ? await prepareEnvironments({ root, ref: manifest.ref }, runtime) : undefined;
    const report = skipTests ? undefined : await runTestGate(pack.staged, { force, mayForce }, area, runtime, prepared);
    tested.push({ ...pack, report });
  }
  return tested;
}

/**
 * Runs the tests of a staged pack in a copy and applies `on_failure` and `min_pass_rate` of its manifest.
 * @param force accepts failing tests with a warning
 * @param prepared the environments with the packages that the pack requires
 * @returns the report, or `undefined` if the pack has no tests
 * @throws TestsFailed
 */
async function runTestGate(
  staged: StagedPack,
  { force, mayForce }: { readonly force: boolean; readonly mayForce: boolean },
  area: StagingArea,
  runtime: Runtime,
  prepared?: PreparedEnvironments,
): Promise<TestReport | undefined> {
  const { manifest } = staged.pack;
  if (!manifest.testing?.enabled) return undefined;
  const { processes, clock, reporter, environment } = runtime;
  const report = await runTests(
    staged.pack,
    { workspace: area.newDirectory(), environment: prepared?.environment },
    { processes, clock, reporter, variables: environment.variables },
  );
  if (passesGate(report, manifest.testing)) return report;
  if (manifest.testing.onFailure === 'block' && !force) {
    prepared?.discard();
    throw new TestsFailed(report, mayForce);
  }
  if (manifest.testing.onFailure !== 'ignore') reporter.warn(formatFailures(report));
  return report;
}
