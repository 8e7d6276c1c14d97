import type { Diagnostic } from '../../../../checking/diagnostic.ts';
import type { CheckOutcome } from '../../../../operations/check/check-packs.ts';
import { attributes, type Element, escapeText, formatXml } from '../../../../testing/results/xml.ts';

/**
 * Formats each pack as a test suite with one case for each diagnostic; a pack without any has one case that passes.
 * @param strict true if warnings are failures too
 */
export function junit({ report, paths }: CheckOutcome, strict: boolean): string {
  const located = report.diagnostics.map((diagnostic, index) => ({
    diagnostic,
    path: paths[index] ?? diagnostic.path,
  }));
  const isFailure = ({ severity }: Diagnostic) => severity === 'error' || (strict && severity === 'warning');
  const suites = report.packs.map(({ ref }, id) => {
    const own = located.filter(({ diagnostic }) => diagnostic.pack === ref);
    const failures = own.filter(({ diagnostic }) => isFailure(diagnostic)).length;
    const cases = own.map((found) => caseOf(found, isFailure(found.diagnostic)));
    const passing = { ...attributes({ classname: ref, name: 'pack check', time: 0 }) };
    return {
      ...attributes({
        id,
        name: ref,
        package: ref,
        tests: Math.max(1, own.length),
        failures,
        errors: 0,
        skipped: 0,
        time: 0,
      }),
      testcase: cases.length > 0 ? cases : [passing],
    };
  });
  const failures = report.diagnostics.filter(isFailure).length;
  const tests = report.packs.length === 0 ? 0 : Math.max(report.packs.length, report.diagnostics.length);
  const root = { ...attributes({ name: 'pack check', tests, failures, errors: 0, time: 0 }), testsuite: suites };
  return formatXml({ testsuites: root });
}

function caseOf({ diagnostic, path }: { diagnostic: Diagnostic; path: string }, isFailure: boolean): Element {
  const { code, severity, message, line, column, pack } = diagnostic;
  const text = `${path}:${line}:${column}: ${severity}: ${message}`;
  return {
    ...attributes({ classname: `${pack}.${code}`, name: `${path}:${line}:${column} ${code}`, time: 0 }),
    ...(isFailure
      ? { failure: { ...attributes({ message, type: code }), '#text': escapeText(text) } }
      : { 'system-out': escapeText(text) }),
  };
}
