import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { readPack } from '../../packs/pack.ts';
import type { TestReport } from '../../packs/test-report.ts';
import { finalPath, inspectTarget, makeDirectory, realPath } from '../../platform/files/read.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import { fileStamp, rewriteFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Store } from '../../store/store.ts';
import { junitXml } from '../../testing/results/write-junit.ts';
import { runTests, type TestObserver } from '../../testing/run-tests.ts';
import { NotInstalled } from '../installed/not-installed.ts';
import type { Runtime } from '../runtime.ts';
import { confineTests } from './confine-tests.ts';
import { prepareEnvironments } from './prepare-environments.ts';

export interface TestRequest {
  /** A path, or the ref of an installed pack. */
  readonly pack: string;
  readonly runtime: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly bail: boolean;
  /** How many suites run side by side. */
  readonly jobs: number;
  /** With the packages that the pack's requirements name. */
  readonly env?: boolean;
  /** Limited in memory, processor time and processes. */
  readonly limits?: boolean;
  /** Without a network. */
  readonly sandbox?: boolean;
  /** Where to write the report in JUnit's XML as well; what is there is replaced. */
  readonly junitFile: string | undefined;
  readonly observer: TestObserver | undefined;
  readonly signal?: AbortSignal;
}

export interface TestOutcome {
  readonly report: TestReport;
  /** The pack's root, absolute and without links: what the places of failures are relative to. */
  readonly directory: string;
}

export interface TestedPlace {
  readonly directory: string;
  readonly installed: boolean;
}

export class FilesMissing extends AttuneError {
  constructor(ref: string, directory: string) {
    super('INTEGRITY_FILES_MISSING', `Pack '${ref}' is installed, but its files in '${directory}' are gone.`, {
      facts: { ref, directory },
      hint: `Install it again with --force, from where it came: see attune pack show ${ref}.`,
    });
  }
}

/** A file that changed between two looks at it, twice and more. */
export class ReportInUse extends AttuneError {
  constructor(path: string) {
    super('STORE_FILE_IN_USE', `Cannot write the report to '${path}', because another program writes to it.`, {
      facts: { path },
      hint: 'Give each run a file of its own with --junit.',
    });
  }
}

/**
 * Runs a pack's tests in a private copy; a run of an installed pack is kept in the store.
 * @throws NotInstalled, FilesMissing, EnvironmentFault, SandboxImpossible, what reading the pack throws, FileFault where the JUnit file cannot be written, and
 * the reason of `signal` when it was aborted
 */
export async function testPack(request: TestRequest, runtime: Runtime): Promise<TestOutcome> {
  const { limits } = await runtime.config();
  const { directory, installed } = await locatePack(request.pack, runtime);
  const pack = readPack(directory, limits);
  // A report that cannot be written is told before the tests run and not after.
  const junit = request.junitFile === undefined ? undefined : junitTarget(request.junitFile, runtime);
  const { limits: limited = false, sandbox = false } = request;
  const confined = await confineTests({ limits: limited, sandbox }, runtime);
  using prepared = request.env
    ? await prepareEnvironments({ root: pack.root, ref: pack.manifest.ref }, runtime)
    : undefined;
  using workspace = new TemporaryDirectory();
  const { processes, clock, reporter, environment } = runtime;
  const surroundings = { environment: prepared?.environment, confinement: confined?.confinement };
  const found = await runTests(
    pack,
    { ...request, ...surroundings, workspace: workspace.path },
    { processes, clock, reporter, variables: environment.variables },
  );
  const report = {
    ...found,
    ...(confined && { confinement: confined.report }),
    ...(prepared && { environments: prepared.report }),
  };
  if (junit !== undefined) writeJunit(report, junit, runtime);
  if (installed && report.total_tests > 0) await record(report, runtime);
  return { report, directory: pack.root };
}

/**
 * Where the report in JUnit's XML is written, every link followed; the directories on the way there are made.
 * @throws FileFault
 */
export function junitTarget(file: string, { environment }: Pick<Runtime, 'environment'>): string {
  const path = expandPath(file, environment);
  makeDirectory(dirname(path));
  return finalPath(path);
}

function writeJunit(report: TestReport, target: string, { environment }: Pick<Runtime, 'environment'>): void {
  const content = [Buffer.from(junitXml(report, environment.hostName))];
  if (!rewriteFile(target, content, fileStamp(target))) throw new ReportInUse(target);
}

/** The report is what was asked for: who may not write to the store, or finds it busy, gets it all the same. */
async function record(report: TestReport, runtime: Runtime): Promise<void> {
  try {
    await (await runtime.store()).write((writer) => writer.recordTests(report));
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.warn(`This run of the tests is not recorded. ${error.message}`);
  }
}

/** Where the files of a pack are that somebody named by its path, or by its ref. @throws NotInstalled, FilesMissing */
export async function locatePack(word: string, runtime: Runtime): Promise<TestedPlace> {
  if (!/^[a-z][a-z0-9_-]*$/.test(word)) return { directory: packAt(word, runtime), installed: false };
  const store = await runtime.store();
  if (store.find(word) !== undefined) return { directory: filesOf(word, store), installed: true };
  // A bare word is a ref first, and a directory here only where no pack of that name is installed.
  if (inspectTarget(expandPath(word, runtime.environment))?.kind === 'directory')
    return { directory: packAt(word, runtime), installed: false };
  throw new NotInstalled([word], [...store.versions().keys()]);
}

function filesOf(ref: string, store: Store): string {
  const directory = store.directoryOf(ref);
  if (inspectTarget(directory) === undefined) throw new FilesMissing(ref, directory);
  return realPath(directory);
}

function packAt(path: string, runtime: Runtime): string {
  return realPath(expandPath(path, runtime.environment));
}
