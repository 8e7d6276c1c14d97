/**
 * The findings of a runner, independent of the format of its results. Every parser (`parsers/`) produces findings, and only
 * `verdict.ts` judges them.
 */
import type { CaseStatus, TestCase } from '../../packs/test-report.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Findings {
  readonly cases: readonly TestCase[];
  /** Tests that were only counted, in addition to the cases. */
  readonly counts?: Counts;
  /** Reasons why the suite failed regardless of its cases; sentences without a full stop. */
  readonly problems: readonly string[];
  /** The case that was started but not finished. */
  readonly unfinished?: string | undefined;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Creates findings that consist of a single problem. */
export function problemFindings(problem: string): Findings {
  return { cases: [], problems: [problem] };
}

/** The maximum length of each text of a case, in UTF-16 units, since a suite may have thousands of cases. */
const MAX_TEXT_LENGTH = 64 * 1024;
const MAX_NAME_LENGTH = 1000;

export interface CaseDetails {
  readonly durationMs?: number | undefined;
  readonly error?: string | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

const NO_REASON = 'The runner gave no reason.';

/**
 * Creates a case of the report. Texts are well-formed and truncated, empty texts are `null`, the duration is a valid number,
 * and a failure has a reason.
 */
export function makeCase(name: string, status: CaseStatus, details: CaseDetails = {}): TestCase {
  return {
    name: truncate(name.trim(), MAX_NAME_LENGTH) ?? '(unnamed)',
    status,
    duration_ms: milliseconds(details.durationMs),
    error_message: truncate(details.error, MAX_TEXT_LENGTH) ?? (status === 'failed' ? NO_REASON : null),
    stdout: truncate(details.stdout, MAX_TEXT_LENGTH),
    stderr: truncate(details.stderr, MAX_TEXT_LENGTH),
    file: null,
    line: null,
  };
}

/** Rounds a duration to microseconds. Returns 0 for an invalid duration. */
export function milliseconds(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value * 1000) / 1000 : 0;
}

/** Combines a summary line with details below it, unless the details already begin with the summary. */
export function explain(summary: string | undefined, details: string | undefined): string | undefined {
  const [first, rest] = [summary?.trim(), details?.replace(/^\s*\n|\s+$/g, '')];
  if (!first) return rest || undefined;
  if (!rest || rest === first) return first;
  return rest.startsWith(first) ? rest : `${first}\n\n${rest}`;
}

/** Counts cases by status. */
export function countCases(cases: readonly TestCase[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of cases) counts[status]++;
  return counts;
}

export function sumCounts(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

function truncate(text: string | undefined, length: number): string | null {
  if (!text) return null;
  const half = length / 2;
  const shortened = text.length <= length ? text : `${text.slice(0, half)}\n[... cut ...]\n${text.slice(-half)}`;
  return shortened.toWellFormed();
}
