import * as Flags from '@oclif/core/flags';
import type { SharedFlags } from './flags.ts';

const CHECK_FORMATS = ['table', 'json', 'yaml', 'sarif', 'github', 'gitlab', 'junit'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** The flags of `pack check`. */
export const checkFlags = {
  format: Flags.string({
    summary: 'Print results in this format',
    options: [...CHECK_FORMATS],
    exclusive: ['json', 'yaml'],
    helpGroup: 'GLOBAL',
  }),
  output: Flags.string({ summary: 'Write the report to this file', helpValue: 'FILE' }),
  recursive: Flags.boolean({ summary: 'Check all packs below each path' }),
  strict: Flags.boolean({ summary: 'Exit with status 3 for warnings too' }),
  rule: Flags.string({
    summary: 'Set the level of a rule',
    helpValue: 'CODE=error|warning|off',
    multiple: true,
    multipleNonGreedy: true,
  }),
  fix: Flags.boolean({ summary: 'Correct what can be corrected mechanically' }),
  'dry-run': Flags.boolean({ summary: 'With --fix: print a unified diff and change nothing', dependsOn: ['fix'] }),
  explain: Flags.string({ summary: 'Explain a rule', helpValue: 'CODE', exclusive: ['list-rules'] }),
  'list-rules': Flags.boolean({ summary: 'List all rules' }),
};

/** Returns the format of the report. */
export function checkFormat({ json, yaml, format }: SharedFlags): CheckFormat {
  return json ? 'json' : yaml ? 'yaml' : ((format ?? 'table') as CheckFormat);
}

/** Returns the global flags for `prepare`: formats of this command alone count as a table without progress. */
export function sharedCheckFlags<F extends SharedFlags>(flags: F): F {
  const format = checkFormat(flags);
  const isShared = format === 'table' || format === 'json' || format === 'yaml';
  return isShared ? flags : { ...flags, format: 'table', quiet: true };
}
