import { expandCases, type TestCase, type TestReport, type TestSuite } from '../../../packs/test-report.ts';
import { printable } from '../../text/sanitize.ts';
import { coverageLine } from './coverage.ts';

/**
 * Formats a report as TAP 14 (https://testanything.org/tap-version-14-specification.html): one subtest per suite, one
 * test point per case.
 * @param noTests describes a report without suites
 */
export function tapText(
  { test_suites: suites, coverage }: Pick<TestReport, 'test_suites' | 'coverage'>,
  noTests = 'This pack has no tests to run.',
): string {
  const plan = suites.length === 0 ? `1..0 # SKIP ${noTests}` : `1..${suites.length}`;
  const points = suites.flatMap((suite, index) => suitePoint(suite, index + 1));
  const comments = coverage ? [`# ${coverageLine(coverage)}`] : [];
  return ['TAP version 14', plan, ...points, ...comments].map((line) => `${line}\n`).join('');
}

function suitePoint(suite: TestSuite, number: number): string[] {
  const name = description(suite.name);
  const cases = expandCases(suite);
  const inner = [`1..${cases.length}`, ...cases.flatMap((found, index) => casePoint(found, index + 1))];
  const runner = `${suite.runner_type}, exit status ${suite.exit_code ?? 'none'}${suite.timed_out ? ', timed out' : ''}`;
  return [
    `# Subtest: ${name}`,
    ...inner.map((line) => `    ${line}`.trimEnd()),
    `${suite.failed > 0 ? 'not ok' : 'ok'} ${number} - ${name}`,
    ...diagnostics([
      ['duration_ms', suite.duration_ms],
      ['runner', runner],
    ]),
  ];
}

function casePoint(found: TestCase, number: number): string[] {
  const point = [found.status === 'failed' ? 'not ok' : 'ok', number, '-', description(found.name)];
  if (found.status === 'skipped') point.push('# SKIP', description(found.error_message?.split('\n')[0] ?? ''));
  const failure =
    found.status === 'failed'
      ? ([
          ['message', found.error_message],
          ['at', found.file === null ? null : `${found.file}:${found.line}`],
        ] as const)
      : [];
  const time = found.duration_ms > 0 ? ([['duration_ms', found.duration_ms]] as const) : [];
  return [point.join(' ').trimEnd(), ...diagnostics([...time, ...failure])];
}

/** Formats a YAML block: strings are double-quoted as in JSON, which is valid YAML, or literal blocks. */
function diagnostics(fields: readonly (readonly [name: string, value: string | number | null])[]): string[] {
  const present = fields.filter(([, value]) => value !== null && value !== '');
  if (present.length === 0) return [];
  const lines = present.flatMap(([name, value]) =>
    typeof value === 'string' ? yamlText(name, value) : [`${name}: ${value}`],
  );
  return ['---', ...lines, '...'].map((line) => `  ${line}`.trimEnd());
}

function yamlText(name: string, value: string): string[] {
  const lines = printable(value.replace(/\r\n?/g, '\n').trimEnd()).split('\n');
  // The first line of a literal block determines its indentation, so it must not begin with a space.
  if (lines.length === 1 || /^\s|^$/.test(lines[0] ?? '')) return [`${name}: ${JSON.stringify(lines.join('\n'))}`];
  return [`${name}: |-`, ...lines.map((line) => `  ${line}`)];
}

/** Returns a description on one line, with the characters escaped that begin a directive. */
function description(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim()).replace(/[\\#]/g, '\\$&');
}
