import { VersionSet } from './version-set.ts';

/**
 * A statement about one pack: a version out of the set is installed, or (not positive) none out of it is. A pack that
 * is not installed at all satisfies the second.
 */
export interface Term {
  readonly ref: string;
  readonly positive: boolean;
  readonly versions: VersionSet;
}

export function isIn(ref: string, versions: VersionSet): Term {
  return { ref, positive: true, versions };
}

export function isNotIn(ref: string, versions: VersionSet): Term {
  return { ref, positive: false, versions };
}

/** What is known of any pack about which nothing is known. */
export const UNKNOWN: Term = isNotIn('', VersionSet.NONE);

export function inverse({ ref, positive, versions }: Term): Term {
  return { ref, positive: !positive, versions };
}

/** Both of them, about the pack of the first. */
export function both(one: Term, other: Term): Term {
  const { ref } = one;
  if (!one.positive && !other.positive) return isNotIn(ref, one.versions.union(other.versions));
  return isIn(ref, positiveSet(one).intersect(positiveSet(other)));
}

function positiveSet({ positive, versions }: Term): VersionSet {
  return positive ? versions : versions.complement();
}

/** Whether one is true wherever the other is. */
export function implies(known: Term, term: Term): boolean {
  if (!known.positive) return !term.positive && term.versions.isSubsetOf(known.versions);
  return term.positive ? known.versions.isSubsetOf(term.versions) : known.versions.isDisjointFrom(term.versions);
}

/** Whether they cannot both be true. */
export function contradicts(known: Term, term: Term): boolean {
  if (!known.positive) return term.positive && term.versions.isSubsetOf(known.versions);
  return term.positive ? known.versions.isDisjointFrom(term.versions) : known.versions.isSubsetOf(term.versions);
}

/** Whether it can never be true. */
export function isImpossible({ positive, versions }: Term): boolean {
  return positive && versions.isEmpty;
}

/** Whether it is always true. */
export function isVoid({ positive, versions }: Term): boolean {
  return !positive && versions.isEmpty;
}

/** What is left of one term where the other does not hold; `undefined` where nothing is. */
export function remainder(one: Term, other: Term): Term | undefined {
  const rest = both(one, inverse(other));
  return isImpossible(rest) ? undefined : rest;
}
