import type { CheckReport } from '../../../operations/check/report.ts';
import { count } from '../../../platform/count.ts';
import type { Style } from '../../text/style.ts';
import type { View } from '../view.ts';

/**
 * Formats each diagnostic in the form that editors and CI systems turn into links, then the verdict.
 * @param verbose false leaves out infos, of which a pack may have hundreds; the verdict counts them
 */
export function checkReportView(verbose: boolean): View<CheckReport> {
  return (report, style) => [...lines(report, verbose, style), verdict(report, verbose, style)].join('');
}

function lines(report: CheckReport, verbose: boolean, style: Style): string[] {
  const colors = { error: style.red, warning: style.yellow, info: style.cyan };
  const several = report.packs.length > 1;
  const shown = report.diagnostics.filter(({ severity }) => verbose || severity !== 'info');
  return shown.map(({ severity, code, pack, path, line, column, message, fix }) => {
    const location = `${several ? `${pack}: ` : ''}${path}:${line}:${column}`;
    const hint = fix ? `\n    ${style.dim(`--fix: ${fix.description}`)}` : '';
    return `${location}: ${colors[severity](severity)}: ${message} ${style.dim(`[${code}]`)}${hint}\n`;
  });
}

function verdict(report: CheckReport, verbose: boolean, style: Style): string {
  const { valid, packs, errors, warnings, infos, fixed } = report;
  const [only] = packs;
  const subject = packs.length === 1 && only ? `${only.ref} ${only.version}`.trim() : count(packs.length, 'pack');
  const found = [count(errors, 'error'), count(warnings, 'warning'), count(infos, 'info')].join(', ');
  const mark = valid ? style.green('✓') : style.red('✗');
  const hidden = infos > 0 && !verbose ? ' (shown with --verbose)' : '';
  return `${mark} ${subject}: ${found}${hidden}${fixed > 0 ? `, ${fixed} fixed` : ''}\n`;
}
