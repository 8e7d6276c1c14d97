/** Parses the Test Anything Protocol, versions 12 to 14 (https://testanything.org), with subtests. */
import { type FinalResults, Parser, type Result } from 'tap-parser';
import type { TestCase } from '../../../packs/test-report.ts';
import { explain, type Findings, makeCase, problemFindings } from '../findings.ts';

/** Returns whether a text is TAP: it has a version line, or, in version 12, a plan and test points. */
export function looksLikeTap(text: string): boolean {
  if (/^TAP version 1[234]\s*$/m.test(text)) return true;
  return /^1\.\.\d+\s*(?:#|$)/m.test(text) && /^(?:not )?ok\b/m.test(text);
}

export function parseTap(text: string): Findings {
  const collector = new CaseCollector();
  let results: FinalResults | undefined;
  const parser = new Parser((final) => {
    results = final;
  });
  collector.listen(parser);
  parser.end(text);
  if (results === undefined) return problemFindings('The TAP output could not be parsed');
  if (isEntirelySkipped(results)) {
    return {
      cases: [makeCase('all tests', 'skipped', { error: withoutDirective(results.plan.skipReason) })],
      problems: [],
    };
  }
  return { cases: collector.cases, problems: problemsOf(results) };
}

/**
 * Collects a case for every test point, except points that only summarize a subtest: those whose subtest has cases and
 * which do not fail unless one of these cases failed. A directive on such a point applies to the cases of its subtest.
 */
class CaseCollector {
  readonly cases: TestCase[] = [];

  listen(parser: Parser): void {
    let subtestStart: number | undefined;
    let points = 0;
    parser.on('child', (child: Parser) => {
      subtestStart = this.cases.length;
      this.listen(child);
    });
    parser.on('assert', (point: Result) => {
      points += 1;
      const inner = subtestStart === undefined ? [] : this.cases.splice(subtestStart);
      subtestStart = undefined;
      const directive = point.skip || point.todo;
      this.cases.push(...(directive ? inner.map((testCase) => applyDirective(testCase, directive)) : inner));
      const isSummary = inner.length > 0 && (point.ok || directive || inner.some(({ status }) => status === 'failed'));
      if (!isSummary) this.cases.push(caseOf(point, points));
    });
  }
}

/** Returns a failed case as skipped. */
function applyDirective(testCase: TestCase, directive: string | true): TestCase {
  if (testCase.status !== 'failed') return testCase;
  return { ...testCase, status: 'skipped', error_message: reasonOf(directive) ?? testCase.error_message };
}

/** Converts a test point. @param number the position of the point in its stream, for a point without name and number */
function caseOf(point: Result, number: number): TestCase {
  const name = point.fullname || point.name || `test ${point.id || number}`;
  const durationMs = durationOf(point);
  if (point.skip) return makeCase(name, 'skipped', { durationMs, error: reasonOf(point.skip) });
  if (point.todo) return makeCase(name, 'skipped', { durationMs, error: reasonOf(point.todo) });
  if (point.ok) return makeCase(name, 'passed', { durationMs });
  return makeCase(name, 'failed', { durationMs, error: failureOf(point) });
}

function failureOf({ diag }: Result): string {
  if (typeof diag !== 'object' || diag === null) return 'The runner printed "not ok".';
  const { message, error } = diag as { message?: unknown; error?: unknown };
  const summary = [message, error].find((text) => typeof text === 'string');
  return explain(summary as string | undefined, JSON.stringify(diag, null, 2)) ?? 'The runner printed "not ok".';
}

function durationOf({ diag, time }: Result): number | undefined {
  const { duration_ms } = (diag ?? {}) as { duration_ms?: unknown };
  return typeof duration_ms === 'number' ? duration_ms : (time ?? undefined);
}

function reasonOf(directive: string | boolean): string | undefined {
  return typeof directive === 'string' ? directive : undefined;
}

/** Detects `1..0 # SKIP reason`. A bare `1..0`, like a missing plan, means that there are no tests. */
function isEntirelySkipped({ count, plan }: FinalResults): boolean {
  return count === 0 && plan.skipAll && /^skip/i.test(plan.skipReason);
}

function withoutDirective(reason: string): string {
  return reason.replace(/^skip\S*\s*/i, '');
}

function problemsOf({ bailout, failures, plan, count }: FinalResults): string[] {
  const problems = failures.flatMap(({ tapError }) => (tapError ? [String(tapError)] : []));
  if (bailout) return [`The suite bailed out${typeof bailout === 'string' ? `: ${bailout}` : ''}`];
  return problems.map((problem) =>
    problem === 'incorrect number of tests' && plan.end !== null
      ? `The counts do not add up: ${plan.end} tests planned, but ${count} run`
      : `The TAP output is invalid: ${problem}`,
  );
}
