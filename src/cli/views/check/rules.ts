import type { ExplainedRule } from '../../../operations/check/explain-rules.ts';
import type { Style } from '../../text/style.ts';
import { facts, table } from '../../text/table.ts';

export function ruleListView({ rules }: { readonly rules: readonly ExplainedRule[] }, style: Style): string {
  const rows = rules.map(({ code, severity, fixable, finds }) => [code, severity, fixable ? 'yes' : '', finds]);
  return table(['CODE', 'SEVERITY', 'FIX', 'FINDS'], rows, style);
}

export function explainedRuleView(rule: ExplainedRule, style: Style): string {
  const rows = [
    ['Severity', rule.severity],
    ['Example', rule.example],
    ['Reason', rule.reason],
    ['Fixed by --fix', rule.fixable ? 'yes' : 'no'],
  ] as const;
  return `${style.bold(rule.code)}: ${rule.finds}\n${facts(rows, style)}`;
}
