/**
 * Runs the tests of a pack: plan, copy, run, read the results, judge them. Tests are untrusted programs, so they get a
 * private copy of the pack, a private home and a clean environment. Their results are cross-checked (cases, counts, exit
 * status), and a contradiction counts as a failure.
 */
import { join } from 'node:path';
import type { TestReport, TestSuite } from '../packs/test-report.ts';
import { mapConcurrently } from '../platform/concurrency.ts';
import { realPath } from '../platform/files/inspect.ts';
import type { Reporter } from '../platform/reporter.ts';
import { type PlannedSuite, planSuites } from './plan.ts';
import { buildReport, failSuite, skipSuite } from './results/verdict.ts';
import { runSuite } from './run-suite.ts';
import type { TestedPack, TestRunRequest, TestTools } from './test-run.ts';
import { SuiteWorkspace } from './workspace/suite-workspace.ts';

/**
 * Runs the tests that the manifest of a pack defines. The report lists the suites in the order of the manifest, regardless
 * of the order in which they ran. Failing tests are part of the report, not an error. A pack without tests, or with
 * disabled tests, has a report with status `skipped`.
 * @throws UnknownRuntime, FileError if the pack cannot be copied, the reason of `signal` if it is aborted
 */
export async function runTests(pack: TestedPack, request: TestRunRequest, tools: TestTools): Promise<TestReport> {
  const { manifest } = pack;
  const [startedAt, startMs] = [tools.clock.now(), tools.clock.elapsed()];
  if (!manifest.testing?.enabled) return buildReport(manifest, startedAt, 0, []);
  const root = realPath(pack.root);
  const planned = planSuites(manifest, manifest.testing, root, request);
  request.observer?.planned(planned);
  const suites =
    planned.length === 0
      ? [failSuite(DISCOVERY_SUITE, 'The pack has tests enabled, but none was found')]
      : await runAll(planned, { root, manifest }, request, tools);
  return buildReport(manifest, startedAt, tools.clock.elapsed() - startMs, suites);
}

/** Represents the discovery of tests in a report when it found nothing to run. */
const DISCOVERY_SUITE: PlannedSuite = {
  name: 'discovery',
  runner: 'discovery',
  type: 'command',
  target: '',
  command: undefined,
  timeoutSeconds: 0,
  resultFormat: undefined,
  resultPath: undefined,
};

async function runAll(
  planned: readonly PlannedSuite[],
  { root, manifest }: TestedPack,
  request: TestRunRequest,
  tools: TestTools,
): Promise<TestSuite[]> {
  const directory = realPath(request.workspace);
  const warnOnce = warnerOfExcluded(tools.reporter);
  let firstFailed: string | undefined;
  const suites = await mapConcurrently(planned, request.jobs ?? 1, async (suite, index, failure) => {
    request.signal?.throwIfAborted();
    if (firstFailed !== undefined) return skipSuite(suite, firstFailed);
    const name = suite.name.replace(/\s+/g, ' ');
    using _activity = tools.reporter.activity(
      `Testing ${manifest.ref} ${manifest.version}: ${name} (${suite.type})`,
      manifest.ref,
    );
    using workspace = new SuiteWorkspace(join(directory, String(index)), root, manifest.ref);
    warnOnce(workspace.excluded);
    const signal = request.signal ? AbortSignal.any([request.signal, failure]) : failure;
    const judged = await runSuite(suite, workspace, { ...request, signal, manifest }, tools);
    request.observer?.ended(suite);
    if (request.bail && judged.failed > 0) firstFailed ??= suite.name;
    return judged;
  });
  request.signal?.throwIfAborted();
  return suites;
}

/** Returns a function that warns only once, since the same entries are excluded from every copy. */
function warnerOfExcluded(reporter: Reporter): (excluded: readonly string[]) => void {
  let warned = false;
  return (excluded) => {
    if (warned || excluded.length === 0) return;
    warned = true;
    reporter.warn(`The tests run without these entries, which are not regular files:\n${excluded.join('\n')}`);
  };
}
