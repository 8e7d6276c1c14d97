/**
 * What a runner let us know, whatever form it told it in. Every reader of results (`parse-*.ts`) makes these, and
 * `verdict.ts` alone decides what they are worth.
 */
import type { CaseStatus, TestCase } from '../../packs/test-report.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Findings {
  readonly cases: readonly TestCase[];
  /** What was only counted, beside the single cases. */
  readonly counts?: Counts;
  /** Why this cannot be a pass, whatever the cases say; sentences without a full stop. */
  readonly problems: readonly string[];
  /** The case that had begun and never ended. */
  readonly unfinished?: string | undefined;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

export function problemFindings(problem: string): Findings {
  return { cases: [], problems: [problem] };
}

/** How much of a single case's text is kept, in UTF-16 units. A suite may have thousands. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_NAME = 1000;

export interface CaseDetails {
  readonly durationMs?: number | undefined;
  readonly error?: string | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

const NO_REASON = 'The runner gave no reason.';

/** A case of the report: its texts valid and bounded, empty ones `null`, its duration a number; a failure has a reason. */
export function makeCase(name: string, status: CaseStatus, details: CaseDetails = {}): TestCase {
  return {
    name: bounded(name.trim(), LONGEST_NAME) ?? '(unnamed)',
    status,
    duration_ms: milliseconds(details.durationMs),
    error_message: bounded(details.error, LONGEST_TEXT) ?? (status === 'failed' ? NO_REASON : null),
    stdout: bounded(details.stdout, LONGEST_TEXT),
    stderr: bounded(details.stderr, LONGEST_TEXT),
    file: null,
    line: null,
  };
}

/** To the microsecond; 0 for what is no duration at all. */
export function milliseconds(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value * 1000) / 1000 : 0;
}

/** A first line that says it, and below it the details, unless they begin with that line anyway. */
export function explain(summary: string | undefined, details: string | undefined): string | undefined {
  const [first, rest] = [summary?.trim(), details?.replace(/^\s*\n|\s+$/g, '')];
  if (!first) return rest || undefined;
  if (!rest || rest === first) return first;
  return rest.startsWith(first) ? rest : `${first}\n\n${rest}`;
}

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

function bounded(text: string | undefined, length: number): string | null {
  if (!text) return null;
  const half = length / 2;
  const short = text.length <= length ? text : `${text.slice(0, half)}\n[... cut ...]\n${text.slice(-half)}`;
  return short.toWellFormed();
}
