import { AttuneError } from '../errors.ts';

/** A pack that another one needs, as it is written in a manifest or an index. */
export interface Requirement {
  readonly ref: string;
  /** `*` where any version will do. Its grammar is the resolver's. */
  readonly range: string;
}

export class InvalidRequirement extends AttuneError {
  constructor(text: string) {
    super('INVALID_REQUIREMENT', `'${text}' does not say which pack is needed.`, {
      facts: { requirement: text },
      hint: 'Write a pack with or without a range: core, core@^1.2, core>=1,<3.',
    });
  }
}

/**
 * Takes `core`, `core@^1.2`, `core>=1,<3` or `core ^1.2` apart.
 * @throws InvalidRequirement
 */
export function parseRequirement(text: string): Requirement {
  const requirement = tryParseRequirement(text);
  if (!requirement) throw new InvalidRequirement(text);
  return requirement;
}

/** Like `parseRequirement`; `undefined` for a text that is no requirement. */
export function tryParseRequirement(text: string): Requirement | undefined {
  const [, ref, joint = '', range = ''] = /^([a-z][a-z0-9_-]*)(\s*@\s*|\s+)?(.*)$/s.exec(text.trim()) ?? [];
  if (ref === undefined) return undefined;
  // What follows the name directly has to begin like a range, or it is a name that is not a ref: `core.utils`.
  if (range === '') return joint.includes('@') ? undefined : { ref, range: '*' };
  if (joint === '' && !/^[<>=!~^*]/.test(range)) return undefined;
  return { ref, range: range === 'latest' ? '*' : range };
}
