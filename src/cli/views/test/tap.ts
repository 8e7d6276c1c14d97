import { everyCase, type TestCase, type TestReport, type TestSuite } from '../../../packs/test-report.ts';
import { printable } from '../../text/sanitize.ts';

/**
 * A report as TAP 14 (https://testanything.org/tap-version-14-specification.html): a subtest for each suite, with a
 * point for each case.
 */
export function tapText({ test_suites: suites }: TestReport): string {
  const plan = suites.length === 0 ? '1..0 # SKIP This pack has no tests to run.' : `1..${suites.length}`;
  const points = suites.flatMap((suite, index) => suitePoint(suite, index + 1));
  return ['TAP version 14', plan, ...points].map((line) => `${line}\n`).join('');
}

function suitePoint(suite: TestSuite, number: number): string[] {
  const name = description(suite.name);
  const cases = everyCase(suite);
  const inner = [`1..${cases.length}`, ...cases.flatMap((found, index) => casePoint(found, index + 1))];
  const time = `${suite.runner_type}, exit status ${suite.exit_code ?? 'none'}${suite.timed_out ? ', timed out' : ''}`;
  return [
    `# Subtest: ${name}`,
    ...inner.map((line) => `    ${line}`.trimEnd()),
    `${suite.failed > 0 ? 'not ok' : 'ok'} ${number} - ${name}`,
    ...diagnostics([
      ['duration_ms', suite.duration_ms],
      ['runner', time],
    ]),
  ];
}

function casePoint(found: TestCase, number: number): string[] {
  const words = [found.status === 'failed' ? 'not ok' : 'ok', number, '-', description(found.name)];
  if (found.status === 'skipped') words.push('# SKIP', description(found.error_message?.split('\n')[0] ?? ''));
  const failure =
    found.status === 'failed'
      ? ([
          ['message', found.error_message],
          ['at', found.file === null ? null : `${found.file}:${found.line}`],
        ] as const)
      : [];
  const time = found.duration_ms > 0 ? ([['duration_ms', found.duration_ms]] as const) : [];
  return [words.join(' ').trimEnd(), ...diagnostics([...time, ...failure])];
}

/** A YAML block; strings in double quotes as in JSON, which YAML reads alike, or as a literal block. */
function diagnostics(fields: readonly (readonly [name: string, value: string | number | null])[]): string[] {
  const told = fields.filter(([, value]) => value !== null && value !== '');
  if (told.length === 0) return [];
  const lines = told.flatMap(([name, value]) =>
    typeof value === 'string' ? yamlText(name, value) : [`${name}: ${value}`],
  );
  return ['---', ...lines, '...'].map((line) => `  ${line}`.trimEnd());
}

function yamlText(name: string, value: string): string[] {
  const lines = printable(value.replace(/\r\n?/g, '\n').trimEnd()).split('\n');
  // A block takes its indentation from its first line, which therefore must not begin with a space of its own.
  if (lines.length === 1 || /^\s|^$/.test(lines[0] ?? '')) return [`${name}: ${JSON.stringify(lines.join('\n'))}`];
  return [`${name}: |-`, ...lines.map((line) => `  ${line}`)];
}

/** One line in which nothing is taken for a directive. */
function description(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim()).replace(/[\\#]/g, '\\$&');
}
