import { tryParseRequirement } from '../../../packs/requirement.ts';
import type { Fields } from '../../index/fields.ts';

/** The grammars of what a pack needs. Each says what is wrong with a text, and nothing where it is right. */
export interface RequirementGrammar {
  /** `python3>=3.9`, `shell` */
  readonly runtime: (text: string) => string | undefined;
  /** `>=1.2,<2` */
  readonly constraint: (text: string) => string | undefined;
}

export function inspectRuntimes(fields: Fields, { runtime }: RequirementGrammar): void {
  for (const { text, at } of fields.texts('runtime_deps')) complain(fields, ['runtime_deps', at], runtime(text));
}

export function inspectDependencies(fields: Fields, { constraint }: RequirementGrammar): void {
  for (const key of ['attune_version', 'python_version', 'nodejs_version']) {
    const text = fields.raw(key);
    if (typeof text === 'string') complain(fields, [key], constraint(text));
  }
  for (const { text, at } of fields.texts('packs')) {
    const requirement = tryParseRequirement(text);
    const wrong = requirement ? constraint(requirement.range) : `'${text}' does not say which pack is needed`;
    complain(fields, ['packs', at], wrong);
  }
}

function complain(fields: Fields, steps: readonly (string | number)[], wrong: string | undefined): void {
  if (wrong !== undefined) fields.problem('invalid-requirement', steps, wrong.replace(/\.$/, ''));
}
