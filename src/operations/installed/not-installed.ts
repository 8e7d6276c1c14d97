import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';

/** A ref does not name an installed pack. */
export class NotInstalled extends AttuneError {
  constructor(refs: readonly string[], installed: readonly string[]) {
    const named = refs.map((ref) => `'${ref}'`).join(', ');
    const similar = refs.flatMap((ref) => nearest(ref, installed) ?? []);
    super(
      'NOT_FOUND_PACK',
      refs.length === 1 ? `Pack ${named} is not installed.` : `Packs ${named} are not installed.`,
      {
        facts: { refs, installed },
        hint:
          similar.length > 0
            ? `Did you mean ${similar.map((ref) => `'${ref}'`).join(', ')}?`
            : "List the installed packs with 'attune pack list'.",
      },
    );
  }
}
