import type { DoctorReport, Finding } from '../../operations/doctor/run-doctor.ts';
import type { Style } from '../text/style.ts';
import { count } from '../text/table.ts';

/** Formats each finding with its remedy, then the repairs and the verdict. */
export function doctorView(report: DoctorReport, style: Style): string {
  const { findings, fixed, not_fixed: notFixed, errors, warnings } = report;
  const lines = [
    ...findings.flatMap((finding) => findingLines(finding, style)),
    ...(report.dry_run ? plannedFixes(findings) : []),
    ...fixed.map((what) => `${style.green('✓')} Repaired: ${what}`),
    ...notFixed.map((what) => `${style.red('✗')} Not repaired: ${what}`),
    verdict(errors, warnings, style),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Returns the message on standard error that accompanies a document with errors. */
export function doctorFailure({ errors, warnings }: Pick<DoctorReport, 'errors' | 'warnings'>): string {
  return `Problems found: ${count(errors, 'error')}, ${count(warnings, 'warning')}.`;
}

function plannedFixes(findings: readonly Finding[]): string[] {
  const fixable = findings.filter((finding) => finding.fixable);
  if (fixable.length === 0) return ['Would repair nothing'];
  return fixable.map(({ check, message }) => `Would repair ${check.replaceAll('_', ' ')}: ${message}`);
}

function findingLines({ check, status, message, items, remedy }: Finding, style: Style): string[] {
  const mark = { ok: style.green('✓'), warning: style.yellow('!'), error: style.red('✗') }[status];
  const name = check.replaceAll('_', ' ');
  const listed = items.map((item) => `    ${item}`);
  return [
    `${mark} ${style.bold(name)}: ${message}`,
    ...listed,
    ...(remedy === null ? [] : [`    ${style.cyan(remedy)}`]),
  ];
}

function verdict(errors: number, warnings: number, style: Style): string {
  const found = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  if (errors > 0) return `${style.red('✗')} Problems found: ${found}`;
  return `${style.green('✓')} No problems found: ${found}`;
}
