/** The inputs of a test run: the pack, the request, the tools, and what surrounds the tests. */
import type { Manifest } from '../packs/manifest/types.ts';
import type { Clock } from '../platform/clock.ts';
import type { Processes, ProcessRequest, ProcessResult } from '../platform/processes/types.ts';
import type { Reporter } from '../platform/reporter.ts';
import type { CoverageCollector } from './coverage/collector.ts';
import type { PlannedSuite } from './plan.ts';

/** A pack whose tests are run. */
export interface TestedPack {
  /** The pack's directory, absolute. It is never written. */
  readonly root: string;
  readonly manifest: Pick<Manifest, 'ref' | 'version' | 'testing'>;
}

/** Receives events of a test run. A suite is identified by its plan object, since names may be repeated. */
export interface TestObserver {
  /** Called once, before any suite runs. */
  planned(suites: readonly PlannedSuite[]): void;
  printed(suite: PlannedSuite, chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  ended(suite: PlannedSuite): void;
}

export interface TestRunRequest {
  /** An existing, empty, private directory. The caller removes it. */
  readonly workspace: string;
  /** Selects the suites of a runner, by name or type. */
  readonly runtime?: string | undefined;
  /** Replaces every time limit of the manifest. */
  readonly timeoutSeconds?: number | undefined;
  /** The maximum number of suites that run concurrently. */
  readonly jobs?: number | undefined;
  /** Starts no further suite after a failure. Suites that were not run are reported as skipped. */
  readonly bail?: boolean | undefined;
  /** What failed before this run. No suite is run then, as if `bail` were set and an earlier suite had failed. */
  readonly failedBefore?: string | undefined;
  readonly observer?: TestObserver | undefined;
  readonly environment?: RuntimeEnvironment | undefined;
  readonly confinement?: Confinement | undefined;
  /** Measures which lines the tests execute. */
  readonly coverage?: CoverageCollector | undefined;
  /** Terminates the running suites and the run. */
  readonly signal?: AbortSignal | undefined;
}

export interface TestTools {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Programs and libraries that are provided to the tests (see `environments/`). One is used for all suites of a run. */
export interface RuntimeEnvironment {
  /** Environment variables that override those of the clean environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute directories that precede the `PATH`. */
  readonly path: readonly string[];
  /** Adds files to the private copy of a suite, such as a link `node_modules`. */
  prepareCopy?(packCopy: string): void;
}

/** Restrictions on the processes of the tests (see `confinement/`). One is used for all suites of a run. */
export interface Confinement {
  /**
   * Returns a request that runs the same process confined. Called for each process of a suite.
   * @param directory the private directory of the suite, which an isolated process can write to
   */
  confine(request: ProcessRequest, directory?: string): ProcessRequest;
  /** Converts the result of a confined process to that of the process itself. */
  interpret?(result: ProcessResult): ProcessResult;
  /** Converts the `PATH` of the tests. */
  searchPath?(path: string): string;
}
