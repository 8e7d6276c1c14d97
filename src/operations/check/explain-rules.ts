import type { RuleInfo } from '../../checking/rule.ts';
import { FAMILIES, RULES } from '../../checking/table.ts';
import { UnknownRule } from './rule-levels.ts';

/** The JSON document of one rule. */
export interface ExplainedRule {
  readonly code: string;
  readonly family: string;
  /** The usual severity; some forms of the problem have another one. */
  readonly severity: RuleInfo['severity'];
  readonly finds: string;
  readonly example: string;
  readonly reason: string;
  readonly fixable: boolean;
}

/** Returns all rules, in the order of the reference. */
export function listRules(): { readonly rules: readonly ExplainedRule[] } {
  return {
    rules: FAMILIES.flatMap(({ title, rules }) =>
      Object.entries(rules).map(([code, rule]) => explained(code, title, rule)),
    ),
  };
}

/** @throws UnknownRule */
export function explainRule(code: string): ExplainedRule {
  const owner = FAMILIES.find(({ rules }) => Object.hasOwn(rules, code));
  const rule = Object.hasOwn(RULES, code) ? RULES[code] : undefined;
  if (!rule || !owner) throw new UnknownRule(code);
  return explained(code, owner.title, rule);
}

function explained(
  code: string,
  family: string,
  { severity, finds, example, reason, fixable }: RuleInfo,
): ExplainedRule {
  return { code, family, severity, finds, example, reason, fixable: fixable ?? false };
}
