import { delimiter, join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Manifest } from '../packs/manifest/types.ts';
import type { TestSuite } from '../packs/test-report.ts';
import type { ProcessResult } from '../platform/processes/types.ts';
import type { CoverageCollector } from './coverage/collector.ts';
import { measureSuite } from './coverage/measure-suite.ts';
import type { PlannedSuite } from './plan.ts';
import { locateFailure } from './results/failure-location.ts';
import { problemFindings } from './results/findings.ts';
import { failSuite, judgeSuite } from './results/verdict.ts';

import { prepareRunner } from './runners/prepare.ts';
import type { Command, Unrunnable } from './runners/runner.ts';
import type { TestObserver, TestRunRequest, TestTools } from './test-run.ts';
import { testEnvironment, type Workspace } from './workspace/environment-variables.ts';

/** How much of each output stream of a suite is retained. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

export interface SuiteRequest
  extends Pick<TestRunRequest, 'observer' | 'environment' | 'confinement' | 'signal' | 'coverage'> {
  readonly manifest: Pick<Manifest, 'ref' | 'version'>;
}

/** The environment variable that identifies processes left behind by a suite, even in another session. */
const MARK_VARIABLE = 'ATTUNE_TEST_RUN';

/** Runs one suite in its workspace. Any error is a failure of this suite only. */
export async function runSuite(
  suite: PlannedSuite,
  workspace: Workspace,
  request: SuiteRequest,
  tools: TestTools,
): Promise<TestSuite> {
  const env = suiteEnvironment(workspace, request, tools.variables);
  const prepare = (results: string, coverage: boolean) =>
    toProblem(() => {
      const find = (program: string) => tools.processes.find(program, env['PATH']);
      return prepareRunner(suite, { pack: workspace.pack, results: join(workspace.results, results), coverage, find });
    });
  const run = (command: Command, observer?: TestObserver) =>
    runCommand(command, suite, { workspace, env, request: { ...request, observer } }, tools);
  const copied = toProblem(() => request.environment?.prepareCopy?.(workspace.pack));
  let prepared = copied ?? prepare('results', request.coverage !== undefined);
  if ('problem' in prepared) return failUnmeasured(suite, prepared.problem, request.coverage);
  let result = await run(prepared, request.observer);
  if (prepared.measurement?.isUnsupported?.(result)) {
    prepared = prepare('unmeasured', false);
    if ('problem' in prepared) return failUnmeasured(suite, prepared.problem, request.coverage);
    result = await run(prepared, request.observer);
  }
  const { read, measurement } = prepared;
  const findings = toProblem(() => read(result));
  const judged = judgeSuite(suite, result, 'problem' in findings ? problemFindings(findings.problem) : findings);
  if (request.coverage) await measureSuite(suite, { result, measurement, workspace, run }, request.coverage);
  return { ...judged, test_cases: judged.test_cases.map((testCase) => locateFailure(testCase, workspace.pack)) };
}

function failUnmeasured(suite: PlannedSuite, problem: string, coverage: CoverageCollector | undefined): TestSuite {
  coverage?.addUnmeasured(suite, 'The suite could not be run');
  return failSuite(suite, problem);
}

interface Surroundings {
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string>>;
  readonly request: SuiteRequest;
}

/** Runs a command in the copy of the pack, confined. */
async function runCommand(
  { command, args, variables }: Command,
  suite: PlannedSuite,
  { workspace: { pack, results }, env, request: { observer, confinement, signal } }: Surroundings,
  { processes }: TestTools,
): Promise<ProcessResult> {
  const plain = {
    command,
    args,
    cwd: pack,
    env: { ...env, ...variables },
    timeoutMs: suite.timeoutSeconds * 1000,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    markVariable: MARK_VARIABLE,
    ...(signal ? { signal } : {}),
    ...(observer
      ? { onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => observer.printed(suite, chunk, stream) }
      : {}),
  };
  const ended = await processes.run(confinement?.confine(plain, results) ?? plain);
  return confinement?.interpret?.(ended) ?? ended;
}

function suiteEnvironment(
  workspace: Workspace,
  { manifest, environment, confinement }: SuiteRequest,
  variables: TestTools['variables'],
): Record<string, string> {
  const plain = testEnvironment(manifest, workspace, variables);
  const clean = { ...plain, PATH: confinement?.searchPath?.(plain['PATH'] ?? '') ?? plain['PATH'] ?? '' };
  if (environment === undefined) return clean;
  const path = [...environment.path, clean['PATH']].filter(Boolean).join(delimiter);
  return { ...clean, ...environment.variables, PATH: path };
}

/** Converts an AttuneError, such as an unreadable file that a test left behind, to a problem of the suite. */
function toProblem<T>(call: () => T): T | Unrunnable {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return { problem: error.message };
  }
}
