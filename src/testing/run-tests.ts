/**
 * Running a pack's tests: plan, copy, run, read, judge. The tests are somebody else's programs, so everything that they
 * get (a copy of the pack, a home, an environment) is made for them alone, and everything that they say is doubted:
 * each way of telling how it went is compared with the others, and what does not fit together is a failure.
 */
import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Manifest } from '../packs/manifest-types.ts';
import type { TestReport, TestSuite } from '../packs/test-report.ts';
import type { Clock } from '../platform/clock.ts';
import { makeDirectory, realPath } from '../platform/files.ts';
import type { Processes } from '../platform/processes.ts';
import type { Reporter } from '../platform/reporter.ts';
import { copyPack } from './copy-pack.ts';
import { searchPath, testEnvironment, type Workspace } from './environment.ts';
import { foundProblem } from './findings.ts';
import { type PlannedSuite, planSuites } from './plan.ts';
import { prepareRunner } from './runners/prepare.ts';
import type { Unrunnable } from './runners/runner.ts';
import { failSuite, judgeSuite, reportOf } from './verdict.ts';

const OUTPUT_BYTES = 1024 * 1024;

export interface TestedPack {
  /** The pack's directory, absolute; it is only read. */
  readonly root: string;
  readonly manifest: Pick<Manifest, 'ref' | 'version' | 'testing'>;
}

export interface TestRunRequest {
  /** An existing, empty, private directory; the caller removes it. */
  readonly workspace: string;
  /** Only the suites of this runner, by name or type. */
  readonly runtime?: string;
  /** In place of every time limit that the manifest sets. */
  readonly timeoutSeconds?: number;
  readonly onOutput?: (suite: string, chunk: Uint8Array) => void;
  /** Ends the running suite and with it the run. */
  readonly signal?: AbortSignal;
}

export interface TestTools {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the tests of a pack as its manifest says, one suite after the other. Tests that fail, however badly, are a
 * report; a pack that has none, or has them switched off, is a report with status `skipped`.
 * @throws UnknownRuntime, FileFault (the copy could not be made), the reason of `signal` when it was aborted
 */
export async function runTests(pack: TestedPack, request: TestRunRequest, tools: TestTools): Promise<TestReport> {
  const { manifest } = pack;
  const { clock } = tools;
  const [startedAt, began] = [clock.now(), clock.elapsed()];
  if (!manifest.testing?.enabled) return reportOf(manifest, startedAt, 0, []);
  const root = realPath(pack.root);
  const planned = planSuites(manifest, manifest.testing, root, request);
  const workspace = layOut(realPath(request.workspace), root, manifest.ref, tools.reporter);
  const suites: TestSuite[] = [];
  for (const [index, suite] of planned.entries()) {
    request.signal?.throwIfAborted();
    tools.reporter.step(`Testing ${manifest.ref} ${manifest.version}: ${suite.name} (${suite.type})`);
    suites.push(await runSuite(suite, join(workspace.results, String(index)), workspace, pack, request, tools));
  }
  request.signal?.throwIfAborted();
  if (planned.length === 0) suites.push(failSuite(NOTHING_PLANNED, 'The pack has tests enabled, but none was found'));
  return reportOf(manifest, startedAt, clock.elapsed() - began, suites);
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

function layOut(directory: string, root: string, ref: string, reporter: Reporter): Workspace {
  const workspace: Workspace = {
    // A test may look at the name of its directory: it is that of an installed pack.
    pack: join(directory, 'packs', ref),
    home: join(directory, 'home'),
    temporary: join(directory, 'tmp'),
    results: join(directory, 'results'),
  };
  for (const path of Object.values(workspace)) makeDirectory(path);
  const leftOut = copyPack(root, workspace.pack);
  if (leftOut.length > 0) {
    reporter.warn(`The tests run without these, which are no files of the pack:\n${leftOut.join('\n')}`);
  }
  return workspace;
}

async function runSuite(
  suite: PlannedSuite,
  results: string,
  workspace: Workspace,
  { manifest }: TestedPack,
  { onOutput, signal }: TestRunRequest,
  { processes, variables }: TestTools,
): Promise<TestSuite> {
  const find = (program: string) => processes.find(program, searchPath(variables));
  const prepared = guarded(() => prepareRunner(suite, { pack: workspace.pack, results, find }));
  if ('problem' in prepared) return failSuite(suite, prepared.problem);
  const result = await processes.run({
    command: prepared.command,
    args: prepared.args,
    cwd: workspace.pack,
    env: testEnvironment(manifest, workspace, variables),
    timeoutMs: suite.timeoutSeconds * 1000,
    maxOutputBytes: OUTPUT_BYTES,
    ...(signal ? { signal } : {}),
    ...(onOutput ? { onOutput: (chunk: Uint8Array) => onOutput(suite.name, chunk) } : {}),
  });
  const findings = guarded(() => prepared.read(result));
  return judgeSuite(suite, result, 'problem' in findings ? foundProblem(findings.problem) : findings);
}

/** A file that a test left in the way, or without permission to read it, is the fault of that suite alone. */
function guarded<T>(call: () => T): T | Unrunnable {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return { problem: error.message };
  }
}
