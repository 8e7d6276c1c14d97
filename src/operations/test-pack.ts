import { AttuneError } from '../errors.ts';
import { readPack } from '../packs/pack.ts';
import type { TestReport } from '../packs/test-report.ts';
import { inspectTarget, realPath } from '../platform/files.ts';
import { expandPath } from '../platform/paths.ts';
import { TemporaryDirectory } from '../platform/temporary-directory.ts';
import type { Store } from '../store/store.ts';
import { runTests } from '../testing/run-tests.ts';
import { NotInstalled } from './not-installed.ts';
import type { Runtime } from './runtime.ts';

export interface TestRequest {
  /** A path, or the ref of an installed pack. */
  readonly pack: string;
  readonly runtime: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly onOutput: ((chunk: Uint8Array) => void) | undefined;
}

export class FilesMissing extends AttuneError {
  constructor(ref: string, directory: string) {
    super('INTEGRITY_FILES_MISSING', `Pack '${ref}' is installed, but its files in '${directory}' are gone.`, {
      facts: { ref, directory },
      hint: `Install it again with --force, from where it came: see attune pack show ${ref}.`,
    });
  }
}

/** Runs a pack's tests in a private copy; a run of an installed pack is kept in the store. @throws NotInstalled */
export async function testPack(request: TestRequest, runtime: Runtime): Promise<TestReport> {
  const { limits } = await runtime.config();
  const { directory, installed } = await locate(request.pack, runtime);
  const pack = readPack(directory, limits);
  using workspace = new TemporaryDirectory();
  const report = await runTests(
    pack,
    {
      workspace: workspace.path,
      ...(request.runtime === undefined ? {} : { runtime: request.runtime }),
      ...(request.timeoutSeconds === undefined ? {} : { timeoutSeconds: request.timeoutSeconds }),
      ...(request.onOutput === undefined
        ? {}
        : { onOutput: (_suite: string, chunk: Uint8Array) => request.onOutput?.(chunk) }),
    },
    {
      processes: runtime.processes,
      clock: runtime.clock,
      reporter: runtime.reporter,
      variables: runtime.environment.variables,
    },
  );
  if (installed && report.total_tests > 0) await record(report, runtime);
  return report;
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

async function locate(word: string, runtime: Runtime): Promise<{ directory: string; installed: boolean }> {
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
