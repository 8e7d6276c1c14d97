/** GitLab's code quality report (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). */
import { createHash } from 'node:crypto';
import type { CheckOutcome } from '../../../../operations/check/check-packs.ts';
import { printableJson } from '../../../text/sanitize.ts';

const SEVERITIES = { error: 'critical', warning: 'minor', info: 'info' } as const;

export function gitlab({ report, paths }: CheckOutcome): string {
  const counts = new Map<string, number>();
  const issues = report.diagnostics.map(({ code, severity, message, line, end_line, path }, index) => {
    const located = paths[index] ?? path;
    // Without the line, so that the fingerprint stays the same when lines are inserted above.
    const id = [located, code, message].join('\0');
    const occurrence = counts.get(id) ?? 0;
    counts.set(id, occurrence + 1);
    return {
      type: 'issue',
      description: message,
      check_name: code,
      fingerprint: createHash('sha256').update(`${id}\0${occurrence}`).digest('hex'),
      severity: SEVERITIES[severity],
      location: { path: located, lines: { begin: line, ...(end_line !== undefined && { end: end_line }) } },
    };
  });
  return `${printableJson(issues)}\n`;
}
