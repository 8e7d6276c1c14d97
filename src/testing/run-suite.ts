import { delimiter, join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { Manifest } from '../packs/manifest/types.ts';
import type { TestSuite } from '../packs/test-report.ts';
import type { PlannedSuite } from './plan.ts';
import { locateFailure } from './results/failure-location.ts';
import { problemFindings } from './results/findings.ts';
import { failSuite, judgeSuite } from './results/verdict.ts';
import type { TestRunRequest, TestTools } from './run-tests.ts';
import { prepareRunner } from './runners/prepare.ts';
import type { Invocation, Unrunnable } from './runners/runner.ts';
import { testEnvironment, type Workspace } from './workspace/environment-variables.ts';

/** How much of each stream of a suite is kept. */
const OUTPUT_BYTES = 1024 * 1024;

export interface SuiteRequest extends Pick<TestRunRequest, 'observer' | 'environment' | 'confinement' | 'signal'> {
  readonly manifest: Pick<Manifest, 'ref' | 'version'>;
}

/** What is left running is known by it, wherever it went (`platform/processes.ts`). */
const MARK = 'ATTUNE_TEST_RUN';

/** Runs one suite in its workspace. Whatever goes wrong with it is its failure, and none of the others'. */
export async function runSuite(
  suite: PlannedSuite,
  workspace: Workspace,
  request: SuiteRequest,
  { processes, variables }: TestTools,
): Promise<TestSuite> {
  const env = environmentOf(workspace, request, variables);
  const find = (program: string) => processes.find(program, env['PATH']);
  const results = join(workspace.results, 'found');
  const prepared = guarded(() => {
    request.environment?.furnish?.(workspace.pack);
    return prepareRunner(suite, { pack: workspace.pack, results, find });
  });
  if ('problem' in prepared) return failSuite(suite, prepared.problem);
  const ended = await processes.run(confined(suite, prepared, workspace, env, request));
  const result = request.confinement?.interpret?.(ended) ?? ended;
  const findings = guarded(() => prepared.read(result));
  const judged = judgeSuite(suite, result, 'problem' in findings ? problemFindings(findings.problem) : findings);
  return { ...judged, test_cases: judged.test_cases.map((found) => locateFailure(found, workspace.pack)) };
}

function confined(
  suite: PlannedSuite,
  { command, args }: Invocation,
  { pack }: Workspace,
  env: Readonly<Record<string, string>>,
  { observer, confinement, signal }: SuiteRequest,
) {
  const plain = {
    command,
    args,
    cwd: pack,
    env,
    timeoutMs: suite.timeoutSeconds * 1000,
    maxOutputBytes: OUTPUT_BYTES,
    markVariable: MARK,
    ...(signal ? { signal } : {}),
    ...(observer
      ? { onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => observer.printed(suite, chunk, stream) }
      : {}),
  };
  return confinement?.confine(plain) ?? plain;
}

function environmentOf(
  workspace: Workspace,
  { manifest, environment }: SuiteRequest,
  variables: TestTools['variables'],
): Record<string, string> {
  const clean = testEnvironment(manifest, workspace, variables);
  if (environment === undefined) return clean;
  const path = [...environment.path, clean['PATH']].filter(Boolean).join(delimiter);
  return { ...clean, ...environment.variables, PATH: path };
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
