import type { SourceTally } from '../../../operations/index/check-sources.ts';
import type { ValidationReport } from '../../../operations/index/validate-index.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

/** Formats each finding in the form that editors and CI systems turn into links, then the verdict. */
export function indexValidationView(report: ValidationReport, style: Style): string {
  const findings = report.diagnostics.map(({ severity, code, line, column, message, fix }) => {
    const color = severity === 'error' ? style.red : style.yellow;
    const location = `${report.index}:${line}:${column}`;
    return `${location}: ${color(severity)}: ${message} ${style.dim(`[${code}]`)}\n    ${fix}\n`;
  });
  const sources = report.sources ? [sourcesLine(report.sources, style)] : [];
  return [...findings, ...sources, verdict(report, style)].join('');
}

/** Returns the message on standard error that accompanies a document with errors. */
export function indexValidationFailure({ index, profile, errors, warnings, diagnostics }: ValidationReport): string {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  const detail = first === undefined ? '' : ` The first error is in line ${first.line}: ${first.message}`;
  return `${index} is not valid (${profile}): ${count(errors, 'error')}, ${count(warnings, 'warning')}.${detail}`;
}

function sourcesLine({ checked, right, wrong, unreachable }: SourceTally, style: Style): string {
  const mark = right === checked ? style.green('✓') : style.red('✗');
  return `${mark} Sources: ${right}/${checked} valid, ${wrong} invalid, ${unreachable} unreachable\n`;
}

function verdict({ valid, index, profile, packs, errors, warnings }: ValidationReport, style: Style): string {
  const found = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  return valid
    ? `${style.green('✓')} ${index} is valid (${profile}): ${count(packs, 'pack')}, ${found}\n`
    : `${style.red('✗')} ${index} is not valid (${profile}): ${found}\n`;
}
