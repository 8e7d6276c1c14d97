import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { parseReference } from '../../packs/reference.ts';
import type { Environment } from '../../platform/environment.ts';
import { ContradictoryRequest } from '../install/install-request.ts';
import type { UpgradeTarget } from './plan-upgrade.ts';

/** Packs that cannot be upgraded because they are not there. */
export class UpgradeTargetNotInstalled extends AttuneError {
  constructor(refs: readonly string[], installed: readonly string[]) {
    const named = refs.map((ref) => `'${ref}'`).join(', ');
    const meant = [...new Set(refs.flatMap((ref) => nearest(ref, installed) ?? []))];
    const install = `Install what is new with: attune pack install ${refs.join(' ')}`;
    super(
      'NOT_FOUND_PACK',
      refs.length === 1 ? `Pack ${named} is not installed.` : `Packs ${named} are not installed.`,
      {
        facts: { refs, installed },
        hint: meant.length === 0 ? `${install}.` : `Did you mean ${meant.join(', ')}? ${install}.`,
      },
    );
  }
}

/**
 * Reads `slack` and `slack@^2` as installed packs and where they are to go.
 * @throws InvalidReference, ContradictoryRequest where a pack is named twice, UpgradeTargetNotInstalled
 */
export function parseUpgradeTargets(
  words: readonly string[],
  installed: ReadonlySet<string>,
  { windows }: Pick<Environment, 'windows'>,
): UpgradeTarget[] {
  const wishes = words.flatMap((word): UpgradeTarget[] => {
    const reference = parseReference(word, { type: 'registry', refSpec: undefined, windows });
    return reference.kind === 'registry' ? [{ ref: reference.ref, range: reference.range }] : [];
  });
  const refs = wishes.map(({ ref }) => ref);
  const twice = refs.filter((ref, at) => refs.indexOf(ref) !== at);
  if (twice.length > 0) {
    throw new ContradictoryRequest(
      `More than one REF is the pack ${[...new Set(twice)].map((ref) => `'${ref}'`).join(', ')}.`,
      'Name each pack once.',
    );
  }
  const missing = refs.filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new UpgradeTargetNotInstalled(missing, [...installed]);
  return wishes;
}
