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
}
