import type { Connection } from './database/database.ts';

/** One recorded run of a pack's tests. */
export interface TestRun {
  readonly id: number;
  /** When it began, ISO 8601 in UTC. */
  readonly at: string;
  readonly version: string;
  readonly status: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pass_rate: number;
  readonly duration_ms: number;
  readonly cases: readonly RecordedCase[];
}

export interface RecordedCase {
  readonly suite: string;
  readonly name: string;
  readonly status: string;
}

/** The last so many runs of a pack's tests, the newest first. They outlive the pack. */
export function readTestRuns(database: Connection, ref: string, limit: number): TestRun[] {
  const runs = database
    .prepare<[string, number], Omit<TestRun, 'cases'>>(
      `SELECT id, at, version, status, total, passed, failed, skipped, pass_rate, duration_ms
       FROM test_run WHERE ref = ? ORDER BY id DESC LIMIT ?`,
    )
    .all(ref, limit);
  const casesOf = database.prepare<[number], RecordedCase>(
    'SELECT suite, name, status FROM test_case WHERE run_id = ? ORDER BY suite, position',
  );
  return runs.map((run) => ({ ...run, cases: casesOf.all(run.id) }));
}

/** The packs whose tests were ever recorded. */
export function testedRefs(database: Connection): string[] {
  return database.prepare<[], string>('SELECT DISTINCT ref FROM test_run ORDER BY ref').pluck().all();
}
