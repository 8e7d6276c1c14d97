import { tryParseRequirement } from '../../../packs/requirement.ts';
import type { InspectedFields } from '../../index/findings.ts';

/** Parsers of requirements. Each returns an error message, or `undefined` if the text is valid. */
export interface RequirementGrammar {
  /** Parses `python3>=3.9` or `shell`. */
  readonly runtime: (text: string) => string | undefined;
  /** Parses `>=1.2,<2`. */
  readonly constraint: (text: string) => string | undefined;
}

export function inspectRuntimes(fields: InspectedFields, { runtime }: RequirementGrammar): void {
  for (const { text, index } of fields.stringItems('runtime_deps')) {
    reportInvalid(fields, ['runtime_deps', index], runtime(text));
  }
}

export function inspectDependencies(fields: InspectedFields, { constraint }: RequirementGrammar): void {
  for (const key of ['attune_version', 'python_version', 'nodejs_version']) {
    const text = fields.raw(key);
    if (typeof text === 'string') reportInvalid(fields, [key], constraint(text));
  }
  for (const { text, index } of fields.stringItems('packs')) {
    const requirement = tryParseRequirement(text);
    const error = requirement ? constraint(requirement.range) : `'${text}' does not name a pack`;
    reportInvalid(fields, ['packs', index], error);
  }
}

function reportInvalid(fields: InspectedFields, steps: readonly (string | number)[], error: string | undefined): void {
  if (error !== undefined) fields.problem('invalid-requirement', steps, error.replace(/\.$/, ''));
}
