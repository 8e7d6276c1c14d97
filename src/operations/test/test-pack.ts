import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Pack, readPack } from '../../packs/pack.ts';
import { PACK_REF } from '../../packs/pack-ref.ts';
import type { TestReport } from '../../packs/test-report.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { refuseSpecialTarget } from '../../platform/files/input/open-file.ts';
import { finalPath, inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { fileStamp, replaceFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import { abortable } from '../../platform/processes/abortable.ts';
import { systemInfo } from '../../platform/system-info.ts';
import type { Store } from '../../store/store.ts';
import { confine, type EstablishedConfinement } from '../../testing/confinement/confine.ts';
import { environmentKinds } from '../../testing/environments/plan-environments.ts';
import { planSuites } from '../../testing/plan.ts';
import { junitXml } from '../../testing/results/write-junit.ts';
import { runTests } from '../../testing/run-tests.ts';
import type { TestObserver } from '../../testing/test-run.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';

import { type IsolationRequest, isolateTests } from './isolate-tests.ts';
import { type PreparedEnvironments, prepareEnvironments } from './prepare-environments.ts';

export interface TestRequest {
  /** A path, or the ref of an installed pack. */
  readonly pack: string;
  readonly runtime: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly bail: boolean;
  /** The number of suites that run concurrently. */
  readonly jobs: number;
  /** Run in an environment with the packages that the pack requires. */
  readonly env?: boolean;
  /** Limit memory, processor time and processes as configured. */
  readonly limits?: boolean;
  /** Require isolation: no network, and no files of the user. */
  readonly sandbox?: boolean;
  /** Grants the network to an isolated pack that asks for it. */
  readonly allowTestNetwork?: boolean;
  /** The path of a JUnit XML report; an existing file is replaced. */
  readonly junitFile: string | undefined;
  readonly observer: TestObserver | undefined;
  readonly signal?: AbortSignal;
}

export interface TestOutcome {
  readonly report: TestReport;
  /** The pack's root, absolute and without links. The locations of failures are relative to it. */
  readonly directory: string;
}

export interface PackLocation {
  readonly directory: string;
  readonly installed: boolean;
}

export class PackFilesMissing extends AttuneError {
  constructor(ref: string, directory: string) {
    super('INTEGRITY_FILES_MISSING', `Pack '${ref}' is installed, but its files in '${directory}' are missing.`, {
      facts: { ref, directory },
      hint: `Restore them with: attune pack repair ${ref} --yes`,
    });
  }
}

/** Another process writes to the report file at the same time. */
export class ReportFileInUse extends AttuneError {
  constructor(path: string) {
    super('STORE_FILE_IN_USE', `Cannot write the report to '${path}', because another program writes to it.`, {
      facts: { path },
      hint: 'Pass a different --junit file to each run.',
    });
  }
}

/**
 * Runs a pack's tests in a private copy. Runs of installed packs are recorded in the store.
 * @throws NotInstalled, PackFilesMissing, UnknownRuntime, EnvironmentError, SandboxUnavailable; FileError if the JUnit file cannot be
 * written; the errors of reading the pack; the reason of an aborted `signal`
 */
export async function testPack(request: TestRequest, runtime: Runtime): Promise<TestOutcome> {
  const { limits } = await runtime.config();
  const { directory, installed } = await locatePack(request.pack, runtime);
  const pack = readPack(directory, limits);
  // Fails before the tests run if the report cannot be written.
  const junit = request.junitFile === undefined ? undefined : junitTarget(request.junitFile, runtime);
  using prepared = await environmentsFor(pack, request, runtime);
  using workspace = new TemporaryDirectory((text) => runtime.reporter.warn(text));
  const environments = prepared?.report.map(({ path }) => path) ?? [];
  const confined = await confineTests({ pack, workspace: workspace.path, environments }, request, runtime);
  const { processes, clock, reporter, environment } = runtime;
  const isolation = { environment: prepared?.environment, confinement: confined?.confinement };
  const found = await runTests(
    pack,
    { ...request, ...isolation, workspace: workspace.path },
    { processes, clock, reporter, variables: environment.variables },
  );
  const report = {
    ...found,
    ...(confined && { confinement: confined.report }),
    ...(prepared && { environments: prepared.report }),
  };
  if (junit !== undefined) writeJunit(report, junit, runtime);
  if (installed && report.total_tests > 0) await recordRun(report, runtime);
  return { report, directory: pack.root };
}

/** Prepares the environments of `--env` that a suite of the request may need; none if no suite is run. */
async function environmentsFor(
  { root, manifest }: Pack,
  request: TestRequest,
  runtime: Runtime,
): Promise<PreparedEnvironments | undefined> {
  const { testing } = manifest;
  if (!request.env || !testing?.enabled) return undefined;
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
  { limits = false, sandbox = false, allowTestNetwork = false }: TestRequest,
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

/**
 * Returns the path of the JUnit report with all links resolved, and creates its parent directories.
 * @throws FileError, also if the path cannot be replaced by a file
 */
export function junitTarget(file: string, { environment }: Pick<Runtime, 'environment'>): string {
  const path = expandPath(file, environment);
  makeDirectory(dirname(path));
  const target = finalPath(path);
  refuseSpecialTarget(target);
  return target;
}

function writeJunit(report: TestReport, target: string, { environment }: Pick<Runtime, 'environment'>): void {
  const content = [Buffer.from(junitXml(report, environment.hostName))];
  if (!replaceFile(target, content, fileStamp(target))) throw new ReportFileInUse(target);
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

/** Returns the directory of a pack that is given by path or ref. @throws NotInstalled, PackFilesMissing */
export async function locatePack(pathOrRef: string, runtime: Runtime): Promise<PackLocation> {
  if (!PACK_REF.test(pathOrRef)) {
    return { directory: resolvePackPath(pathOrRef, runtime), installed: false };
  }
  const store = await runtime.store();
  if (store.find(pathOrRef) !== undefined) return { directory: installedDirectory(pathOrRef, store), installed: true };
  // A valid ref is resolved as an installed pack first, then as a directory.
  if (inspectTarget(expandPath(pathOrRef, runtime.environment))?.kind === 'directory')
    return { directory: resolvePackPath(pathOrRef, runtime), installed: false };
  throw new NotInstalled([pathOrRef], [...store.versions().keys()]);
}

function installedDirectory(ref: string, store: Store): string {
  const directory = store.directoryOf(ref);
  if (inspectTarget(directory) === undefined) throw new PackFilesMissing(ref, directory);
  return realPath(directory);
}

function resolvePackPath(path: string, runtime: Runtime): string {
  return realPath(expandPath(path, runtime.environment));
}
