import { AttuneError } from '../../errors.ts';
import type { TestReport } from '../../packs/test-report.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { UnknownRuntime } from '../../testing/plan.ts';
import { buildReport, failedReport } from '../../testing/results/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { pathFrom, reportTargets, writeReports } from './report-files.ts';
import type { SelectedPack, TestOutcome, TestRequest } from './request.ts';
import { runPack } from './run-pack.ts';
import { type PackSelection, selectPacks } from './select-packs.ts';

/** One pack of a run. */
export interface PackOutcome {
  /** Relative to the working directory, or absolute for a pack outside of it. */
  readonly path: string;
  readonly outcome: TestOutcome;
  /** Why the pack could not be read or its tests could not be run. The report then has no suites. */
  readonly error?: AttuneError;
  /** True if the pack could not be read. Its ref and version are unknown. */
  readonly unreadable: boolean;
  /** For formats that have only suites: a pack with an error has one suite with a failed case. */
  readonly reported: TestOutcome;
}

/**
 * Runs the tests of several packs, one pack after the other. A pack that cannot be read, or whose tests cannot be run, has
 * failed; the others are tested all the same. With `bail`, the packs after a failure are skipped.
 * @throws the errors of `selectPacks`; UnknownRuntime if no pack has the runner; FileError if a report file cannot be written
 */
export async function testPacks(
  request: Omit<TestRequest, 'pack'>,
  selection: PackSelection,
  runtime: Runtime,
): Promise<PackOutcome[]> {
  const selected = await selectPacks(selection, runtime);
  const files = reportTargets(request, runtime);
  const run = new PacksRun(request, runtime);
  const outcomes: PackOutcome[] = [];
  for (const pack of selected) outcomes.push(await run.test(pack));
  run.throwIfRuntimeUnknown(outcomes);
  writeReports(
    outcomes.map(({ reported }) => reported),
    files,
    runtime,
  );
  return outcomes;
}

type Tested = Omit<PackOutcome, 'path' | 'reported'>;

class PacksRun {
  readonly #request: Omit<TestRequest, 'pack'>;
  readonly #runtime: Runtime;
  readonly #workingDirectory: string;
  #failed: string | undefined;
  readonly #unknown: UnknownRuntime[] = [];

  constructor(request: Omit<TestRequest, 'pack'>, runtime: Runtime) {
    this.#request = request;
    this.#runtime = runtime;
    this.#workingDirectory = realPath(runtime.environment.workingDirectory);
  }

  async test(selected: SelectedPack): Promise<PackOutcome> {
    const path = pathFrom(this.#workingDirectory, selected.directory);
    const failedBefore = this.#request.bail ? this.#failed : undefined;
    const tested = await this.#run(selected, failedBefore);
    if (tested.error !== undefined || tested.outcome.report.status === 'failed') this.#failed ??= path;
    return { path, ...tested, reported: toReported(path, tested) };
  }

  async #run(selected: SelectedPack, failedBefore: string | undefined): Promise<Tested> {
    const { directory } = selected;
    const startedAt = this.#runtime.clock.now();
    const outcomeOf = (report: TestReport) => ({ report, directory, hits: undefined });
    if ('error' in selected) {
      const report = failedReport({ ref: '', version: '' }, startedAt);
      return { outcome: outcomeOf(report), error: selected.error, unreadable: true };
    }
    const { pack, installed } = selected;
    try {
      const outcome = await runPack({ pack, installed }, { ...this.#request, failedBefore }, this.#runtime);
      return { outcome, unreadable: false };
    } catch (error) {
      if (!(error instanceof AttuneError) || this.#request.signal?.aborted) throw error;
      if (error instanceof UnknownRuntime) {
        this.#unknown.push(error);
        return { outcome: outcomeOf(buildReport(pack.manifest, startedAt, 0, [])), unreadable: false };
      }
      return { outcome: outcomeOf(failedReport(pack.manifest, startedAt)), error, unreadable: false };
    }
  }

  /** A runner that only some packs have is skipped in the others. @throws UnknownRuntime if no pack has it */
  throwIfRuntimeUnknown(outcomes: readonly PackOutcome[]): void {
    const [first] = this.#unknown;
    const isUsed = outcomes.some(({ outcome, error }) => error || outcome.report.test_suites.length > 0);
    if (first !== undefined && !isUsed) throw first;
  }
}

function toReported(path: string, { outcome, error }: Tested): TestOutcome {
  if (error === undefined) return outcome;
  const { pack_ref: ref, pack_version: version, execution_time: time } = outcome.report;
  return { ...outcome, report: failedReport({ ref: ref || path, version }, new Date(time), error.message) };
}
