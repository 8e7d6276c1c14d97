import { dump } from 'js-yaml';
import type { CheckOutcome } from '../../../operations/check/check-packs.ts';
import type { CheckFormat } from '../../oclif/check-flags.ts';
import { printableDocument, printableJson } from '../../text/sanitize.ts';
import { PLAIN } from '../../text/style.ts';
import { github } from './formats/github.ts';
import { gitlab } from './formats/gitlab.ts';
import { junit } from './formats/junit.ts';
import { sarif } from './formats/sarif.ts';
import { checkReportView } from './report.ts';

export interface RenderOptions {
  readonly attuneVersion: string;
  /** True if warnings fail. */
  readonly strict: boolean;
  /** True if the table has infos. */
  readonly verbose: boolean;
}

/** Formats a report for a file or for standard output, without colors. */
export function renderCheck(format: CheckFormat, outcome: CheckOutcome, options: RenderOptions): string {
  switch (format) {
    case 'json':
      return `${printableJson(outcome.report)}\n`;
    case 'yaml':
      return dump(JSON.parse(JSON.stringify(outcome.report)), { lineWidth: 120, noRefs: true });
    case 'sarif':
      return sarif(outcome, options.attuneVersion);
    case 'github':
      return github(outcome);
    case 'gitlab':
      return gitlab(outcome);
    case 'junit':
      return junit(outcome, options.strict);
    default:
      return checkReportView(options.verbose)(printableDocument(outcome.report), PLAIN);
  }
}
