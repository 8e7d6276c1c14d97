import { AttuneError } from '../../errors.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { StagingArea } from '../../store/staging.ts';
import { passesGate } from '../../testing/results/verdict.ts';
import { runTests } from '../../testing/run-tests.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from '../staging/stage-pack.ts';
import type { PreparedEnvironments } from '../test/prepare-environments.ts';

export class TestsFailed extends AttuneError {
  constructor(report: TestReport) {
    const { pack_ref: ref, pack_version: version } = report;
    super(
      'TESTS_FAILED',
      [
        `The tests of ${ref} ${version} did not pass (${report.passed}/${report.total_tests}):`,
        ...failuresOf(report),
      ].join('\n'),
      {
        facts: { report },
        hint: `See them all with: attune pack test PATH --detailed; or install ${ref} all the same with --force, or untested with --skip-tests.`,
      },
    );
  }
}

function failuresOf(report: TestReport): string[] {
  return report.test_suites.flatMap((suite) =>
    suite.test_cases
      .filter(({ status }) => status === 'failed')
      .map(
        ({ name, error_message }) =>
          `  ${suite.name}: ${name}${error_message ? `: ${error_message.split('\n')[0]}` : ''}`,
      ),
  );
}

/**
 * Runs a staged pack's tests in a copy and lets `on_failure` and `min_pass_rate` decide.
 * @param force installs in spite of failing tests, with a warning
 * @param prepared what the pack's requirements name, for its tests
 * @returns the report, or `undefined` where the pack has no tests
 * @throws TestsFailed
 */
export async function runTestGate(
  staged: StagedPack,
  force: boolean,
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
    throw new TestsFailed(report);
  }
  if (manifest.testing.onFailure !== 'ignore') {
    reporter.warn(
      [
        `The tests of ${manifest.ref} ${manifest.version} did not pass (${report.passed}/${report.total_tests}):`,
        ...failuresOf(report),
      ].join('\n'),
    );
  }
  return report;
}
