import { AttuneError } from '../errors.ts';
import { PACK_REF } from './pack-ref.ts';

/** A dependency on a pack, as written in a manifest or an index. */
export interface Requirement {
  readonly ref: string;
  /** `*` for any version. The resolver defines the syntax. */
  readonly range: string;
}

/** A text that is not a dependency. */
export class InvalidRequirement extends AttuneError {
  constructor(text: string) {
    super('INVALID_REQUIREMENT', `'${text}' is not a valid dependency.`, {
      facts: { requirement: text },
      hint: 'Write a ref with an optional version range: core, core@^1.2, core>=1,<3.',
    });
  }
}

/**
 * Parses a dependency: `core`, `core@^1.2`, `core>=1,<3` or `core ^1.2`.
 * @throws InvalidRequirement
 */
export function parseRequirement(text: string): Requirement {
  const requirement = tryParseRequirement(text);
  if (!requirement) throw new InvalidRequirement(text);
  return requirement;
}

/** Like `parseRequirement`, but returns `undefined` for an invalid text. */
export function tryParseRequirement(text: string): Requirement | undefined {
  const [, ref, separator = '', range = ''] = /^([a-z][a-z0-9_-]*)(\s*@\s*|\s+)?(.*)$/s.exec(text.trim()) ?? [];
  if (ref === undefined || !PACK_REF.test(ref)) return undefined;
  // Text directly after the ref must begin like a range; otherwise the whole is not a valid ref: `core.utils`.
  if (range === '') return separator.includes('@') ? undefined : { ref, range: '*' };
  if (separator === '' && !/^[<>=!~^*]/.test(range)) return undefined;
  return { ref, range: range === 'latest' ? '*' : range };
}
