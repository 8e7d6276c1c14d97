/**
 * Parses the simple format: the counts `Total Tests:`, `Passed:`, `Failed:` and `Skipped:`, one in each line, anywhere in
 * the output. Lines such as `✓ name`, `[FAIL] name` or `SKIP: name` name the cases. They are used if they agree with the
 * counts.
 */
import { stripVTControlCharacters } from 'node:util';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { count } from '../../../platform/count.ts';
import { type Counts, countCases, type Findings, makeCase } from '../findings.ts';

const COUNT = /^\W*(total tests|passed|failed|skipped)\s*:\s*(\d{1,9})\b/i;

const MARKS: readonly { readonly status: CaseStatus; readonly mark: RegExp }[] = [
  { status: 'passed', mark: /^\s*(?:[✓✔✅]\u{fe0f}?|\[(?:PASS|PASSED|OK)\]|PASS(?:ED)?:)\s*(\S.*)$/u },
  { status: 'failed', mark: /^\s*(?:[✗✘✖❌]\u{fe0f}?|\[(?:FAIL|FAILED|ERROR)\]|FAIL(?:ED)?:)\s*(\S.*)$/u },
  { status: 'skipped', mark: /^\s*(?:[○⊘]|\[SKIP(?:PED)?\]|SKIP(?:PED)?:)\s*(\S.*)$/u },
];

/** Parses a text. @returns `undefined` if the text has no counts */
export function parseSimple(text: string): Findings | undefined {
  const lines = stripVTControlCharacters(text).split(/\r?\n/);
  const printed = printedCounts(lines);
  if (printed.size === 0) return undefined;
  const [passed = 0, failed = 0, skipped = 0] = ['passed', 'failed', 'skipped'].map((name) =>
    printed.get(name)?.at(-1),
  );
  const counts: Counts = { passed, failed, skipped };
  const cases = namedCases(lines);
  const problems = findContradictions(printed, counts);
  return countsEqual(countCases(cases), counts) ? { cases, problems } : { cases: [], counts, problems };
}

/** Returns the first line that marks a test as failed, such as `✗ name` or `[FAIL] name`. */
export function findPrintedFailure(text: string): string | undefined {
  const lines = stripVTControlCharacters(text).split(/\r?\n/);
  return lines.find((line) => markOf(line)?.status === 'failed')?.trim();
}

/** Returns all values printed for each count, in order. A script may print partial counts before the final ones. */
function printedCounts(lines: readonly string[]): Map<string, number[]> {
  const printed = new Map<string, number[]>();
  for (const line of lines) {
    const [, name = '', digits] = COUNT.exec(line) ?? [];
    if (digits === undefined) continue;
    const values = printed.get(name.toLowerCase()) ?? [];
    printed.set(name.toLowerCase(), [...values, Number(digits)]);
  }
  return printed;
}

function findContradictions(printed: ReadonlyMap<string, readonly number[]>, counts: Counts): string[] {
  const sum = counts.passed + counts.failed + counts.skipped;
  const total = printed.get('total tests')?.at(-1) ?? sum;
  const highestFailed = Math.max(0, ...(printed.get('failed') ?? []));
  const actual = `${counts.passed} passed, ${counts.failed} failed and ${counts.skipped} skipped`;
  return [
    ...(total === sum ? [] : [`The counts do not add up: ${count(total, 'test')}, but ${actual}`]),
    ...(highestFailed > counts.failed
      ? [`The suite printed 'Failed: ${highestFailed}', but ended with 'Failed: ${counts.failed}'`]
      : []),
  ];
}

function namedCases(lines: readonly string[]): TestCase[] {
  const found: { name: string; status: CaseStatus; below: string[] }[] = [];
  let open = false;
  for (const line of lines) {
    const mark = COUNT.test(line) ? undefined : markOf(line);
    if (mark) found.push({ ...mark, below: [] });
    else if (COUNT.test(line)) open = false;
    else if (open) found.at(-1)?.below.push(line);
    if (mark) open = true;
  }
  return found.map(({ name, status, below }) =>
    makeCase(name, status, status === 'failed' ? failureDetails(below) : {}),
  );
}

function failureDetails(below: readonly string[]): { error: string } {
  return { error: below.join('\n').trim() || 'The runner marked the test as failed.' };
}

function markOf(line: string): { name: string; status: CaseStatus } | undefined {
  for (const { status, mark } of MARKS) {
    const name = mark.exec(line)?.[1];
    if (name !== undefined) return { name, status };
  }
  return undefined;
}

function countsEqual(one: Counts, other: Counts): boolean {
  return one.passed === other.passed && one.failed === other.failed && one.skipped === other.skipped;
}
