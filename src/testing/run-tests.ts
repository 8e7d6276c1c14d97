/**
 * Running a pack's tests: plan, copy, run, read, judge. The tests are somebody else's programs, so everything that they
 * get (a copy of the pack, a home, an environment) is made for them alone, and everything that they say is doubted:
 * each way of telling how it went is compared with the others, and what does not fit together is a failure.
 */
import { join } from 'node:path';
import type { Manifest } from '../packs/manifest/types.ts';
import type { TestReport, TestSuite } from '../packs/test-report.ts';
import type { Clock } from '../platform/clock.ts';
import { mapConcurrently } from '../platform/concurrency.ts';
import { realPath } from '../platform/files/inspect.ts';
import type { Processes } from '../platform/processes/types.ts';
import type { Reporter } from '../platform/reporter.ts';
import type { Confinement, RuntimeEnvironment } from './execution-context.ts';
import { type PlannedSuite, planSuites } from './plan.ts';
import { failSuite, skipSuite, reportOf } from './results/verdict.ts';
import { runSuite } from './run-suite.ts';
import { SuiteWorkspace } from './workspace/suite-workspace.ts';

export interface TestedPack {
  /** The pack's directory, absolute; it is only read. */
  readonly root: string;
  readonly manifest: Pick<Manifest, 'ref' | 'version' | 'testing'>;
}

/** Who watches while the suites run. A suite is known by the object that it was planned as: names may be repeated. */
export interface TestObserver {
  /** Once, before anything runs. */
  planned(suites: readonly PlannedSuite[]): void;
  printed(suite: PlannedSuite, chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  ended(suite: PlannedSuite): void;
}

export interface TestRunRequest {
  /** An existing, empty, private directory; the caller removes it. */
  readonly workspace: string;
  /** Only the suites of this runner, by name or type. */
  readonly runtime?: string | undefined;
  /** In place of every time limit that the manifest sets. */
  readonly timeoutSeconds?: number | undefined;
  /** How many suites run side by side. */
  readonly jobs?: number | undefined;
  /** Begins no other suite once one has failed; what was not run is told as skipped. */
  readonly bail?: boolean | undefined;
  readonly observer?: TestObserver | undefined;
  readonly environment?: RuntimeEnvironment | undefined;
  readonly confinement?: Confinement | undefined;
  /** Ends the running suites and with them the run. */
  readonly signal?: AbortSignal | undefined;
}

export interface TestTools {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the tests of a pack as its manifest says; the report has the suites in the order of the manifest, however they
 * ran. Tests that fail, however badly, are a report; a pack that has none, or has them switched off, is a report with
 * status `skipped`.
 * @throws UnknownRuntime, FileError (the copy could not be made), the reason of `signal` when it was aborted
 */
export async function runTests(pack: TestedPack, request: TestRunRequest, tools: TestTools): Promise<TestReport> {
  const { manifest } = pack;
  const [startedAt, began] = [tools.clock.now(), tools.clock.elapsed()];
  if (!manifest.testing?.enabled) return reportOf(manifest, startedAt, 0, []);
  const root = realPath(pack.root);
  const planned = planSuites(manifest, manifest.testing, root, request);
  request.observer?.planned(planned);
  const suites =
    planned.length === 0
      ? [failSuite(NOTHING_PLANNED, 'The pack has tests enabled, but none was found')]
      : await runAll(planned, { root, manifest }, request, tools);
  return reportOf(manifest, startedAt, tools.clock.elapsed() - began, suites);
}

const NOTHING_PLANNED: PlannedSuite = {
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
  const place = realPath(request.workspace);
  const warnOnce = warningOfLeftOut(tools.reporter);
  let failedFirst: string | undefined;
  const suites = await mapConcurrently(planned, request.jobs ?? 1, async (suite, index, failure) => {
    request.signal?.throwIfAborted();
    if (failedFirst !== undefined) return skipSuite(suite, failedFirst);
    const name = suite.name.replace(/\s+/g, ' ');
    using _activity = tools.reporter.activity(`Testing ${manifest.ref} ${manifest.version}: ${name} (${suite.type})`);
    using workspace = new SuiteWorkspace(join(place, String(index)), root, manifest.ref);
    warnOnce(workspace.leftOut);
    const signal = request.signal ? AbortSignal.any([request.signal, failure]) : failure;
    const judged = await runSuite(suite, workspace, { ...request, signal, manifest }, tools);
    request.observer?.ended(suite);
    if (request.bail && judged.failed > 0) failedFirst ??= suite.name;
    return judged;
  });
  request.signal?.throwIfAborted();
  return suites;
}

/** What is left out of one copy is left out of all. */
function warningOfLeftOut(reporter: Reporter): (leftOut: readonly string[]) => void {
  let warned = false;
  return (leftOut) => {
    if (warned || leftOut.length === 0) return;
    warned = true;
    reporter.warn(`The tests run without these, which are no files of the pack:\n${leftOut.join('\n')}`);
  };
}
