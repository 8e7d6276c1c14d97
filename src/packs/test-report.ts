/** The result of running a pack's tests, in the very form that `pack test --json` prints (SPEC section 7). */
export type CaseStatus = 'passed' | 'failed' | 'skipped';
export type ReportStatus = 'passed' | 'failed' | 'skipped' | 'partial';

export interface TestCase {
  readonly name: string;
  readonly status: CaseStatus;
  readonly duration_ms: number;
  readonly error_message: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  /** Where it failed, relative to the pack's root, where the runner let us know; both or neither. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
}

export interface TestSuite {
  readonly name: string;
  readonly runner_type: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly duration_ms: number;
  readonly exit_code: number | null;
  readonly timed_out: boolean;
  readonly test_cases: readonly TestCase[];
}

/** What held the tests back; a limit that could not be set is `null`. */
export interface TestConfinement {
  readonly by: 'namespaces' | 'bubblewrap' | 'shell' | 'nothing';
  readonly network: 'open' | 'loopback' | 'none';
  /** Of each process. */
  readonly memory_bytes: number | null;
  /** Of each process. */
  readonly cpu_seconds: number | null;
  /** At the same time, threads included. */
  readonly processes: number | null;
}

/** Packages that the tests had beside what the machine has. */
export interface TestEnvironment {
  readonly kind: 'python' | 'node';
  readonly digest: string;
  readonly path: string;
  /** It was there already. */
  readonly reused: boolean;
}

export interface TestReport {
  readonly pack_ref: string;
  readonly pack_version: string;
  /** When the run began, ISO 8601 in UTC. */
  readonly execution_time: string;
  readonly status: ReportStatus;
  readonly total_tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** passed / (total - skipped); 1 where nothing counted. */
  readonly pass_rate: number;
  readonly duration_ms: number;
  readonly test_suites: readonly TestSuite[];
  /** With `--limits` or `--sandbox`. */
  readonly confinement?: TestConfinement;
  /** With `--env`. */
  readonly environments?: readonly TestEnvironment[];
}

/** More stand-ins than this of one kind come as one. A hostile runner may print any number. */
const MOST_STAND_INS = 1000;

/** The cases of a suite, and one more for each that was only counted and has no name: for forms that list them all. */
export function expandCases({ test_cases: cases, passed, failed, skipped }: TestSuite): TestCase[] {
  const standIns = Object.entries({ passed, failed, skipped }).flatMap(([word, total]) => {
    const status = word as CaseStatus;
    const missing = Math.max(0, total - cases.filter((found) => found.status === status).length);
    if (missing > MOST_STAND_INS) return [standIn(`${missing} tests without names`, status)];
    return Array.from({ length: missing }, (_, index) => standIn(`${status} test without a name ${index + 1}`, status));
  });
  return [...cases, ...standIns];
}

function standIn(name: string, status: CaseStatus): TestCase {
  const error_message = status === 'failed' ? 'The runner only counted it.' : null;
  return { name, status, duration_ms: 0, error_message, stdout: null, stderr: null, file: null, line: null };
}
