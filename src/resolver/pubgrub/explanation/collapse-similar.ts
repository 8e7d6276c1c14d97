import type { Incompatibility } from '../model/incompatibility.ts';

/** The dependencies of many versions of one pack on another, with different ranges, and the derivation from them. */
export interface SimilarDependencies {
  /** The facts about dependencies, each for one version or adjacent versions; innermost derivation first. */
  readonly dependencies: readonly Incompatibility[];
  /** The facts that no version matches; innermost derivation first. */
  readonly unmatched: readonly Incompatibility[];
  /** The derived premise of the innermost derivation; `undefined` if that has only such facts as premises. */
  readonly rest: Incompatibility | undefined;
}

/** From this number on, only the first two dependencies and the last are shown. */
const MIN_COLLAPSED = 4;

/** A dependent and its dependency; the dependent may be unknown. */
interface Pair {
  readonly dependent?: string;
  readonly ref: string;
}

/**
 * Returns the chain of similar facts that a derivation ends, if there are many of them: a pack with a hundred versions that
 * pin another pack to a hundred versions would otherwise take a hundred lines that say the same.
 * @param isUsedOnce whether a derivation is used nowhere else, so that it can be omitted
 */
export function findSimilarDependencies(
  one: Incompatibility,
  isUsedOnce: (one: Incompatibility) => boolean,
): SimilarDependencies | undefined {
  const facts: Incompatibility[] = [];
  let pair: Pair | undefined;
  let rest: Incompatibility | undefined = one;
  while (rest && (rest === one || isUsedOnce(rest))) {
    const premises = premisesOf(rest);
    const similar = premises.filter((premise) => pairOf(premise) !== undefined);
    const others = premises.filter((premise) => !similar.includes(premise));
    const common = commonPair([pair ?? [], ...similar.map((premise) => pairOf(premise) ?? [])].flat());
    if (similar.length === 0 || !common || others.some(({ cause }) => cause.kind !== 'derived')) break;
    pair = common;
    facts.push(...similar);
    rest = others[0];
  }
  const dependencies = facts.filter(({ cause }) => cause.kind === 'dependency').reverse();
  const unmatched = facts.filter(({ cause }) => cause.kind !== 'dependency').reverse();
  return dependencies.length < MIN_COLLAPSED ? undefined : { dependencies, unmatched, rest };
}

function premisesOf({ cause }: Incompatibility): readonly Incompatibility[] {
  return cause.kind === 'derived' ? [cause.conflict, cause.other] : [];
}

/** Returns the packs of a fact; `undefined` for facts with a reason (a version is yanked), which are shown separately. */
function pairOf({ cause }: Incompatibility): Pair | undefined {
  if (cause.kind === 'dependency') return { dependent: cause.ref, ref: cause.dependency.ref };
  return cause.kind === 'no-version' && cause.ineligible.length === 0 ? { ref: cause.ref } : undefined;
}

/** Returns the common pair; `undefined` if the facts are about different packs. */
function commonPair([first, ...others]: readonly Pair[]): Pair | undefined {
  return others.reduce<Pair | undefined>((sum, { dependent = sum?.dependent, ref }) => {
    if (!sum || sum.ref !== ref || (sum.dependent ?? dependent) !== dependent) return undefined;
    return dependent === undefined ? sum : { dependent, ref };
  }, first);
}
