import { AttuneError } from '../../errors.ts';
import type { TestingSection } from '../../packs/manifest/types.ts';
import type { Pack } from '../../packs/pack.ts';
import type { TestReport } from '../../packs/test-report.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { abortable } from '../../platform/processes/abortable.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { systemInfo } from '../../platform/system-info.ts';
import { confine, type EstablishedConfinement } from '../../testing/confinement/confine.ts';
import { CoverageCollector } from '../../testing/coverage/collector.ts';
import { environmentKinds } from '../../testing/environments/plan-environments.ts';
import { planSuites } from '../../testing/plan.ts';
import { passesGate } from '../../testing/results/verdict.ts';
import { runTests } from '../../testing/run-tests.ts';
import type { Runtime } from '../runtime.ts';
import { type IsolationRequest, isolateTests } from './isolate-tests.ts';
import { judgeCoverage, warnOfCoverage } from './judge-coverage.ts';
import { type PreparedEnvironments, prepareEnvironments } from './prepare-environments.ts';
import type { TestOutcome, TestRequest } from './request.ts';

/** Runs the tests of one pack, without writing report files. @throws the errors of `testPack` */
export async function runPack(
  { pack, installed }: { readonly pack: Pack; readonly installed: boolean },
  request: Omit<TestRequest, 'pack'>,
  runtime: Runtime,
): Promise<TestOutcome> {
  using prepared = await environmentsFor(pack, request, runtime);
  using workspace = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  const environments = prepared?.report.map(({ path }) => path) ?? [];
  const confined = await confineTests({ pack, workspace: workspace.path, environments }, request, runtime);
  const { processes, clock, reporter, environment } = runtime;
  const isolation = { environment: prepared?.environment, confinement: confined?.confinement };
  const coverage = request.coverage === undefined ? undefined : new CoverageCollector(pack.root);
  const found = await runTests(
    pack,
    { ...request, ...isolation, coverage, workspace: workspace.path },
    { processes, clock, reporter, variables: environment.variables },
  );
  const report = {
    ...judgeCoverage(judgeTests(found, pack.manifest.testing, reporter), request.coverage?.minPct),
    ...(confined && { confinement: confined.report }),
    ...(prepared && { environments: prepared.report }),
  };
  warnOfCoverage(report, reporter);
  if (installed && report.total_tests > 0) await recordRun(report, runtime);
  return { report, directory: pack.root, hits: coverage?.hits };
}

/** Adds the gate of the manifest to a report, and warns about failures that it tolerates. */
function judgeTests(report: TestReport, testing: TestingSection | undefined, reporter: Reporter): TestReport {
  const gate = { min_pass_rate: testing?.minPassRate ?? 1, passed: passesGate(report, testing) };
  if (gate.passed && report.failed > 0) {
    const counts = `${report.failed} of ${report.total_tests} tests of ${report.pack_ref} failed`;
    reporter.warn(`${counts}, which min_pass_rate (${gate.min_pass_rate}) in its pack.yaml allows.`);
  }
  return { ...report, gate };
}

/** Prepares the environments of `--env` that a suite of the request may need; none if no suite is run. */
async function environmentsFor(
  { root, manifest }: Pack,
  request: Omit<TestRequest, 'pack'>,
  runtime: Runtime,
): Promise<PreparedEnvironments | undefined> {
  const { testing } = manifest;
  if (!request.env || !testing?.enabled || request.failedBefore !== undefined) return undefined;
  const kinds = environmentKinds(planSuites(manifest, testing, root, request));
  if (kinds.length === 0) return undefined;
  return prepareEnvironments({ root, ref: manifest.ref, kinds }, interruptibleBy(request.signal, runtime));
}

/** Returns the collaborators that build environments, whose programs end when the signal is aborted. */
function interruptibleBy(signal: AbortSignal | undefined, runtime: Runtime): Parameters<typeof prepareEnvironments>[1] {
  if (signal === undefined) return runtime;
  const { processes, reporter, environment } = runtime;
  return {
    store: () => runtime.store(),
    config: () => runtime.config(),
    reporter,
    environment,
    processes: abortable(processes, signal),
  };
}

async function confineTests(
  run: Pick<IsolationRequest, 'pack' | 'workspace' | 'environments'>,
  { limits = false, sandbox = false, allowTestNetwork = false }: Omit<TestRequest, 'pack'>,
  runtime: Runtime,
): Promise<EstablishedConfinement | undefined> {
  const isRun = run.pack.manifest.testing?.enabled === true;
  if (sandbox && isRun) return isolateTests({ ...run, required: true, allowNetwork: allowTestNetwork }, runtime);
  if (!limits) return undefined;
  const { testing } = await runtime.config();
  const { processes, reporter, environment } = runtime;
  return confine(
    { limits: testing.limits, sandbox: false },
    { processes, reporter, variables: environment.variables, system: systemInfo() },
  );
}

/** Records a run. A store that is busy or not writable is a warning, because the report itself is available. */
async function recordRun(report: TestReport, runtime: Runtime): Promise<void> {
  try {
    await (await runtime.store()).write((writer) => writer.recordTests(report));
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.warn(`This test run was not recorded. ${error.message}`);
  }
}
