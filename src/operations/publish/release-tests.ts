import { AttuneError } from '../../errors.ts';
import type { Pack } from '../../packs/pack.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { passesGate } from '../../testing/results/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { testPack } from '../test/test-pack.ts';

class ReleaseTestsFailed extends AttuneError {
  constructor({ root, manifest }: Pack, passed: number, total: number) {
    super('TESTS_FAILED', `The tests of ${manifest.ref} ${manifest.version} did not pass (${passed}/${total}).`, {
      facts: { ref: manifest.ref, version: manifest.version, passed, total },
      hint: `See all results with: attune pack test ${quoteForShell(root)} --detailed`,
    });
  }
}

/** Runs the tests of a pack before it is published, as `pack test` does. @throws ReleaseTestsFailed */
export async function runReleaseTests(pack: Pack, runtime: Runtime): Promise<void> {
  const { ref, version, testing } = pack.manifest;
  if (testing?.enabled !== true) return;
  runtime.reporter.step(`Testing ${ref} ${version}`);
  const run = { runtime: undefined, timeoutSeconds: undefined, bail: false, jobs: 1, junitFile: undefined };
  const { report } = await testPack({ ...run, pack: pack.root, observer: undefined }, runtime);
  if (!passesGate(report, testing)) throw new ReleaseTestsFailed(pack, report.passed, report.total_tests);
}
