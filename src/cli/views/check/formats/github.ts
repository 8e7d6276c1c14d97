import type { CheckOutcome } from '../../../../operations/check/check-packs.ts';
import { workflowCommand } from '../../github-command.ts';

const LEVELS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Formats each diagnostic as a workflow command, which GitHub Actions shows next to the line. */
export function github({ report, paths }: CheckOutcome): string {
  const commands = report.diagnostics.map(({ severity, code, message, path, ...at }, index) => {
    const file = paths[index] ?? path;
    const end = at.end_line === undefined ? {} : { endLine: String(at.end_line), endColumn: String(at.end_column) };
    const place = { file, line: String(at.line), col: String(at.column), ...end };
    return workflowCommand(LEVELS[severity], { ...place, title: code }, message);
  });
  return commands.join('');
}
