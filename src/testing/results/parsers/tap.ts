/** The Test Anything Protocol, versions 12 to 14 (https://testanything.org), with subtests. */
import { type FinalResults, Parser, type Result } from 'tap-parser';
import type { TestCase } from '../../../packs/test-report.ts';
import { explain, type Findings, problemFindings, makeCase } from '../findings.ts';

/** A TAP stream names itself in its first line; version 12 did not, but it has a plan and test points. */
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
  if (results === undefined) return problemFindings('Its TAP output could not be read');
  if (wasSkippedWhole(results)) {
    return {
      cases: [makeCase('all tests', 'skipped', { error: withoutDirective(results.plan.skipReason) })],
      problems: [],
    };
  }
  return { cases: collector.cases, problems: problemsOf(results) };
}

/**
 * Every test point becomes a case, but for those that only sum up a subtest: one whose cases are known, and which does
 * not fail where they did not. A directive on such a point holds for what is below it.
 */
class CaseCollector {
  readonly cases: TestCase[] = [];

  listen(parser: Parser): void {
    let below: number | undefined;
    let points = 0;
    parser.on('child', (child: Parser) => {
      below = this.cases.length;
      this.listen(child);
    });
    parser.on('assert', (point: Result) => {
      points += 1;
      const inner = below === undefined ? [] : this.cases.splice(below);
      below = undefined;
      const excused = point.skip || point.todo;
      this.cases.push(...(excused ? inner.map((found) => excuse(found, excused)) : inner));
      const sumsUp = inner.length > 0 && (point.ok || excused || inner.some(({ status }) => status === 'failed'));
      if (!sumsUp) this.cases.push(caseOf(point, points));
    });
  }
}

function excuse(found: TestCase, directive: string | true): TestCase {
  if (found.status !== 'failed') return found;
  return { ...found, status: 'skipped', error_message: reasonOf(directive) ?? found.error_message };
}

/** @param number the point's place in its stream, for one that has neither a name nor a number */
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

/** `1..0 # SKIP why` says that there is a reason; a bare `1..0` and no plan at all say that there are no tests. */
function wasSkippedWhole({ count, plan }: FinalResults): boolean {
  return count === 0 && plan.skipAll && /^skip/i.test(plan.skipReason);
}

function withoutDirective(reason: string): string {
  return reason.replace(/^skip\S*\s*/i, '');
}

function problemsOf({ bailout, failures, plan, count }: FinalResults): string[] {
  const problems = failures.flatMap(({ tapError }) => (tapError ? [String(tapError)] : []));
  if (bailout) return [`It bailed out${typeof bailout === 'string' ? `: ${bailout}` : ''}`];
  return problems.map((problem) =>
    problem === 'incorrect number of tests' && plan.end !== null
      ? `Its counts do not add up: it planned ${plan.end} tests and ran ${count}`
      : `Its TAP output is wrong: ${problem}`,
  );
}
