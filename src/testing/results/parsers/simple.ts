/**
 * The simple format: the counts `Total Tests:`, `Passed:`, `Failed:`, `Skipped:`, one a line, anywhere in the output.
 * Lines such as `✓ name`, `[FAIL] name` or `SKIP: name` name the cases, and are believed when they agree with the counts.
 */
import { stripVTControlCharacters } from 'node:util';
import type { CaseStatus, TestCase } from '../../../packs/test-report.ts';
import { type Counts, countCases, type Findings, makeCase } from '../findings.ts';

const COUNT = /^\W*(total tests|passed|failed|skipped)\s*:\s*(\d{1,9})\b/i;

const MARKS: readonly { readonly status: CaseStatus; readonly mark: RegExp }[] = [
  { status: 'passed', mark: /^\s*(?:[✓✔✅]\u{fe0f}?|\[(?:PASS|PASSED|OK)\]|PASS(?:ED)?:)\s*(\S.*)$/u },
  { status: 'failed', mark: /^\s*(?:[✗✘✖❌]\u{fe0f}?|\[(?:FAIL|FAILED|ERROR)\]|FAIL(?:ED)?:)\s*(\S.*)$/u },
  { status: 'skipped', mark: /^\s*(?:[○⊘]|\[SKIP(?:PED)?\]|SKIP(?:PED)?:)\s*(\S.*)$/u },
];

/** @returns `undefined` where the text has no count at all */
export function parseSimple(text: string): Findings | undefined {
  const lines = stripVTControlCharacters(text).split(/\r?\n/);
  const printed = printedCounts(lines);
  if (printed.size === 0) return undefined;
  const [passed = 0, failed = 0, skipped = 0] = ['passed', 'failed', 'skipped'].map((word) =>
    printed.get(word)?.at(-1),
  );
  const counts: Counts = { passed, failed, skipped };
  const cases = namedCases(lines);
  const problems = contradictions(printed, counts);
  return agree(countCases(cases), counts) ? { cases, problems } : { cases: [], counts, problems };
}

/** The first line by which a text that counts nothing names a test as failed, such as `✗ name` or `[FAIL] name`. */
export function findPrintedFailure(text: string): string | undefined {
  const lines = stripVTControlCharacters(text).split(/\r?\n/);
  return lines.find((line) => markOf(line)?.status === 'failed')?.trim();
}

/** Every value printed for each word, in order: a script may print the counts of its parts before those of the whole. */
function printedCounts(lines: readonly string[]): Map<string, number[]> {
  const printed = new Map<string, number[]>();
  for (const line of lines) {
    const [, word = '', digits] = COUNT.exec(line) ?? [];
    if (digits === undefined) continue;
    const values = printed.get(word.toLowerCase()) ?? [];
    printed.set(word.toLowerCase(), [...values, Number(digits)]);
  }
  return printed;
}

function contradictions(printed: ReadonlyMap<string, readonly number[]>, counts: Counts): string[] {
  const sum = counts.passed + counts.failed + counts.skipped;
  const total = printed.get('total tests')?.at(-1) ?? sum;
  const worst = Math.max(0, ...(printed.get('failed') ?? []));
  const told = `${counts.passed} passed, ${counts.failed} failed and ${counts.skipped} skipped`;
  return [
    ...(total === sum ? [] : [`Its counts do not add up: ${total} tests, but ${told}`]),
    ...(worst > counts.failed ? [`It printed 'Failed: ${worst}' before it ended with 'Failed: ${counts.failed}'`] : []),
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
  return found.map(({ name, status, below }) => makeCase(name, status, status === 'failed' ? why(below) : {}));
}

function why(below: readonly string[]): { error: string } {
  return { error: below.join('\n').trim() || 'The runner printed it as failed.' };
}

function markOf(line: string): { name: string; status: CaseStatus } | undefined {
  for (const { status, mark } of MARKS) {
    const name = mark.exec(line)?.[1];
    if (name !== undefined) return { name, status };
  }
  return undefined;
}

function agree(one: Counts, other: Counts): boolean {
  return one.passed === other.passed && one.failed === other.failed && one.skipped === other.skipped;
}
