/** The result of running a pack's tests, in the form that `pack test --json` prints (SPEC section 7). */
export type CaseStatus = 'passed' | 'failed' | 'skipped';
export type ReportStatus = 'passed' | 'failed' | 'skipped' | 'partial';

export interface TestCase {
  readonly name: string;
  readonly status: CaseStatus;
  readonly duration_ms: number;
  readonly error_message: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  /** The file of the failure, relative to the pack's root, if the runner reported it. `line` is set as well, or neither. */
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

/** The confinement that was in effect. A limit that could not be set is `null`. */
export interface TestConfinement {
  readonly by: 'namespaces' | 'bubblewrap' | 'shell' | 'nothing';
  readonly network: 'open' | 'loopback' | 'none';
  /**
   * `isolated`: the tests saw neither the home of the user, except for toolchains, nor the directories of attune and of
   * running programs, and could write only to their own directory.
   */
  readonly files: 'open' | 'isolated';
  /** For each process. */
  readonly memory_bytes: number | null;
  /** For each process. */
  readonly cpu_seconds: number | null;
  /** Concurrent processes, threads included. */
  readonly processes: number | null;
  /** What did not hold, and why; one sentence each. */
  readonly notes: readonly string[];
  /** Why the tests of an installation were not isolated. */
  readonly not_isolated?: 'named_by_path' | 'switched_off' | 'unavailable';
}

/** Packages that were provided to the tests in addition to those of the machine. */
export interface TestEnvironment {
  readonly kind: 'python' | 'node';
  readonly digest: string;
  readonly path: string;
  /** True if an existing environment was used. */
  readonly reused: boolean;
}

/** Executable lines. `pct` is from 0 to 100 with two decimals: 100 only if all lines are covered, 0 only if none is. */
export interface LineCoverage {
  readonly total: number;
  readonly covered: number;
  readonly pct: number;
}

export interface FileCoverage extends LineCoverage {
  /** Relative to the pack's root, with `/`. */
  readonly path: string;
  /** The first and the last line of each uncovered section, from 1. */
  readonly missing: readonly (readonly [from: number, to: number])[];
}

/** The lines that the tests executed, in the files of the pack that they loaded. */
export interface TestCoverage {
  /** The sum over all files. `pct` is 0 if there is no file. */
  readonly lines: LineCoverage;
  /** Sorted by path. */
  readonly files: readonly FileCoverage[];
  /** The suites whose coverage could not be measured, and why; the reason is one sentence. */
  readonly unmeasured: readonly { readonly name: string; readonly runner_type: string; readonly reason: string }[];
  /** With `--coverage-min`. */
  readonly gate?: { readonly min_pct: number; readonly passed: boolean };
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
  /** passed / (total - skipped); 1 when every test was skipped. */
  readonly pass_rate: number;
  readonly duration_ms: number;
  readonly test_suites: readonly TestSuite[];
  /** With `--limits` or `--sandbox`, and during installations. */
  readonly confinement?: TestConfinement;
  /** With `--env`. */
  readonly environments?: readonly TestEnvironment[];
  /** Whether the pass rate suffices and no suite was cut short, which decides about an installation too. */
  readonly gate?: { readonly min_pass_rate: number; readonly passed: boolean };
  /** With `--coverage`. */
  readonly coverage?: TestCoverage;
}

/** Above this number of unnamed cases of one status, one placeholder represents all, since a runner may print any count. */
const MAX_PLACEHOLDERS = 1000;

/** Returns the cases of a suite, with a placeholder for each case that was only counted. For formats that list every case. */
export function expandCases({ test_cases: cases, passed, failed, skipped }: TestSuite): TestCase[] {
  const placeholders = Object.entries({ passed, failed, skipped }).flatMap(([name, total]) => {
    const status = name as CaseStatus;
    const missing = Math.max(0, total - cases.filter((found) => found.status === status).length);
    if (missing > MAX_PLACEHOLDERS) return [placeholder(`${missing} tests without names`, status)];
    return Array.from({ length: missing }, (_, index) =>
      placeholder(`${status} test without a name ${index + 1}`, status),
    );
  });
  return [...cases, ...placeholders];
}

function placeholder(name: string, status: CaseStatus): TestCase {
  const error_message = status === 'failed' ? 'The runner reported this test only as a count.' : null;
  return { name, status, duration_ms: 0, error_message, stdout: null, stderr: null, file: null, line: null };
}
