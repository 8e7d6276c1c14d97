import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

/** A ref that names no installed pack. */
export class NotInstalled extends AttuneError {
  constructor(refs: readonly string[], installed: readonly string[]) {
    const named = refs.map((ref) => `'${ref}'`).join(', ');
    const suggestion = refs.flatMap((ref) => nearest(ref, installed) ?? []);
    super(
      'NOT_FOUND_PACK',
      refs.length === 1 ? `Pack ${named} is not installed.` : `Packs ${named} are not installed.`,
      {
        facts: { refs, installed },
        hint:
          suggestion.length > 0
            ? `Did you mean: ${suggestion.join(', ')}`
            : 'See what is installed with: attune pack list',
      },
    );
  }
}
