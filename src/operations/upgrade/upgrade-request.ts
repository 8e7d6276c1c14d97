import { nearest } from '../../documents/nearest.ts';
import { AttuneError } from '../../errors.ts';
import { parseReference } from '../../packs/reference.ts';
import type { Environment } from '../../platform/environment.ts';
import { assertDistinct } from '../install/install-request.ts';

/** An installed pack to upgrade. */
export interface UpgradeTarget {
  readonly ref: string;
  /** In npm's syntax; `undefined` for the highest version. */
  readonly range: string | undefined;
}

/** Packs cannot be upgraded because they are not installed. */
export class UpgradeTargetNotInstalled extends AttuneError {
  constructor(refs: readonly string[], installed: readonly string[]) {
    const named = refs.map((ref) => `'${ref}'`).join(', ');
    const similar = [...new Set(refs.flatMap((ref) => nearest(ref, installed) ?? []))];
    const install = `Install new packs with 'attune pack install ${refs.join(' ')}'.`;
    super(
      'NOT_FOUND_PACK',
      refs.length === 1 ? `Pack ${named} is not installed.` : `Packs ${named} are not installed.`,
      {
        facts: { refs, installed },
        hint:
          similar.length === 0 ? install : `Did you mean ${similar.map((ref) => `'${ref}'`).join(', ')}? ${install}`,
      },
    );
  }
}

/**
 * Parses REF arguments such as `slack` and `slack@^2`.
 * @throws InvalidReference, ContradictoryRequest if a pack is named twice, UpgradeTargetNotInstalled
 */
export function parseUpgradeTargets(
  args: readonly string[],
  installed: ReadonlySet<string>,
  { windows }: Pick<Environment, 'windows'>,
): UpgradeTarget[] {
  const targets = args.flatMap((arg): UpgradeTarget[] => {
    const reference = parseReference(arg, { type: 'registry', refSpec: undefined, windows });
    return reference.kind === 'registry' ? [{ ref: reference.ref, range: reference.range }] : [];
  });
  const refs = targets.map(({ ref }) => ref);
  assertDistinct(refs, 'REF');
  const missing = refs.filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new UpgradeTargetNotInstalled(missing, [...installed]);
  return targets;
}
