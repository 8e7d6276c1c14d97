import { LEVELS, type Level } from '../../checking/settings.ts';
import { RULES } from '../../checking/table.ts';
import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

/** A `--rule` or `--explain` that names no rule or no level. */
export class UnknownRule extends AttuneError {
  constructor(code: string) {
    const meant = nearest(code, Object.keys(RULES));
    super('USAGE_UNKNOWN_RULE', `There is no rule '${code}'.`, {
      facts: { code },
      hint: meant ? `Did you mean ${meant}?` : 'List the rules with: attune pack check --list-rules',
    });
  }
}

export class InvalidRuleLevel extends AttuneError {
  constructor(text: string) {
    super('USAGE_RULE_LEVEL', `'${text}' is not a rule with a level.`, {
      facts: { rule: text },
      hint: `Write CODE=LEVEL, with one of these levels: ${LEVELS.join(', ')}.`,
    });
  }
}

/** Parses `--rule CODE=LEVEL`; the last one for a code counts. @throws UnknownRule, InvalidRuleLevel */
export function parseRuleLevels(texts: readonly string[]): ReadonlyMap<string, Level> {
  return new Map(
    texts.map((text) => {
      const [code = '', level] = text.split(/=(.*)/s);
      const known = LEVELS.find((name) => name === level);
      if (known === undefined) throw new InvalidRuleLevel(text);
      if (!Object.hasOwn(RULES, code)) throw new UnknownRule(code);
      return [code, known] as const;
    }),
  );
}
