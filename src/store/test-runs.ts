import type { TestConfinement } from '../packs/test-report.ts';
import type { Connection } from './database/database.ts';

/** The totals of a recorded test run. */
export interface TestRunTotals {
  /** Start of the run, ISO 8601 in UTC. */
  readonly at: string;
  readonly version: string;
  readonly status: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pass_rate: number;
  readonly duration_ms: number;
  /** What was in effect during the run; `null` if nothing was, or if an earlier attune recorded the run. */
  readonly isolation: TestConfinement | null;
}

/** A recorded test run of a pack. */
export interface TestRun extends TestRunTotals {
  readonly id: number;
  readonly cases: readonly RecordedCase[];
}

export interface RecordedCase {
  readonly suite: string;
  readonly name: string;
  readonly status: string;
}

/** The latest test run of a pack with the details of its cases. */
export interface LastTest extends TestRunTotals {
  readonly cases: readonly (RecordedCase & { duration_ms: number; error_message: string | null })[];
}

/** Returns the latest test runs of a pack, newest first. They remain after the pack is uninstalled. */
export function readTestRuns(database: Connection, ref: string, limit: number): TestRun[] {
  const casesOf = database.prepare<[number], RecordedCase>(
    'SELECT suite, name, status FROM test_case WHERE run_id = ? ORDER BY suite, position',
  );
  return latestRuns(database, ref, limit).map((run) => ({ ...run, cases: casesOf.all(run.id) }));
}

export function readLastTest(database: Connection, ref: string): LastTest | undefined {
  const [run] = latestRuns(database, ref, 1);
  if (run === undefined) return undefined;
  const { id, ...totals } = run;
  const cases = database
    .prepare<[number], LastTest['cases'][number]>(
      'SELECT suite, name, status, duration_ms, error_message FROM test_case WHERE run_id = ? ORDER BY suite, position',
    )
    .all(id);
  return { ...totals, cases };
}

type Row = Omit<TestRunTotals, 'isolation'> & { readonly id: number; readonly isolation: string | null };

function latestRuns(database: Connection, ref: string, limit: number): (TestRunTotals & { readonly id: number })[] {
  const rows = database
    .prepare<[string, number], Row>(
      `SELECT id, at, version, status, total, passed, failed, skipped, pass_rate, duration_ms, isolation
       FROM test_run WHERE ref = ? ORDER BY id DESC LIMIT ?`,
    )
    .all(ref, limit);
  return rows.map((row) => ({ ...row, isolation: row.isolation === null ? null : JSON.parse(row.isolation) }));
}

/** Returns the refs of all packs with recorded test runs. */
export function testedRefs(database: Connection): string[] {
  return database.prepare<[], string>('SELECT DISTINCT ref FROM test_run ORDER BY ref').pluck().all();
}
