import { delimiter, join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Manifest } from '../packs/manifest/types.ts';
import type { TestSuite } from '../packs/test-report.ts';
import type { PlannedSuite } from './plan.ts';
import { locateFailure } from './results/failure-location.ts';
import { problemFindings } from './results/findings.ts';
import { failSuite, judgeSuite } from './results/verdict.ts';

import { prepareRunner } from './runners/prepare.ts';
import type { Invocation, Unrunnable } from './runners/runner.ts';
import type { TestRunRequest, TestTools } from './test-run.ts';
import { testEnvironment, type Workspace } from './workspace/environment-variables.ts';

/** How much of each output stream of a suite is retained. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

export interface SuiteRequest extends Pick<TestRunRequest, 'observer' | 'environment' | 'confinement' | 'signal'> {
  readonly manifest: Pick<Manifest, 'ref' | 'version'>;
}

/** The environment variable that identifies processes left behind by a suite, even in another session. */
const MARK_VARIABLE = 'ATTUNE_TEST_RUN';

/** Runs one suite in its workspace. Any error is a failure of this suite only. */
export async function runSuite(
  suite: PlannedSuite,
  workspace: Workspace,
  request: SuiteRequest,
  { processes, variables }: TestTools,
): Promise<TestSuite> {
  const env = suiteEnvironment(workspace, request, variables);
  const find = (program: string) => processes.find(program, env['PATH']);
  const results = join(workspace.results, 'results');
  const prepared = toProblem(() => {
    request.environment?.prepareCopy?.(workspace.pack);
    return prepareRunner(suite, { pack: workspace.pack, results, find });
  });
  if ('problem' in prepared) return failSuite(suite, prepared.problem);
  const ended = await processes.run(processRequest(suite, prepared, workspace, env, request));
  const result = request.confinement?.interpret?.(ended) ?? ended;
  const findings = toProblem(() => prepared.read(result));
  const judged = judgeSuite(suite, result, 'problem' in findings ? problemFindings(findings.problem) : findings);
  return { ...judged, test_cases: judged.test_cases.map((testCase) => locateFailure(testCase, workspace.pack)) };
}

function processRequest(
  suite: PlannedSuite,
  { command, args }: Invocation,
  { pack, results }: Workspace,
  env: Readonly<Record<string, string>>,
  { observer, confinement, signal }: SuiteRequest,
) {
  const plain = {
    command,
    args,
    cwd: pack,
    env,
    timeoutMs: suite.timeoutSeconds * 1000,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    markVariable: MARK_VARIABLE,
    ...(signal ? { signal } : {}),
    ...(observer
      ? { onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => observer.printed(suite, chunk, stream) }
      : {}),
  };
  return confinement?.confine(plain, results) ?? plain;
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
