import { VersionSet } from './version-set.ts';

/**
 * A statement about one pack: a positive term says that a version of the set is selected, a negative term that none of
 * them is. A pack that is not selected at all satisfies a negative term.
 */
export interface Term {
  readonly ref: string;
  readonly positive: boolean;
  readonly versions: VersionSet;
}

export function positiveTerm(ref: string, versions: VersionSet): Term {
  return { ref, positive: true, versions };
}

export function negativeTerm(ref: string, versions: VersionSet): Term {
  return { ref, positive: false, versions };
}

/** The initial knowledge about any pack: a term that is always true. */
export const UNKNOWN: Term = negativeTerm('', VersionSet.NONE);

export function inverse({ ref, positive, versions }: Term): Term {
  return { ref, positive: !positive, versions };
}

/** Returns the conjunction of two terms, about the pack of the first. */
export function intersect(one: Term, other: Term): Term {
  const { ref } = one;
  if (!one.positive && !other.positive) return negativeTerm(ref, one.versions.union(other.versions));
  return positiveTerm(ref, positiveSet(one).intersect(positiveSet(other)));
}

function positiveSet({ positive, versions }: Term): VersionSet {
  return positive ? versions : versions.complement();
}

/** Checks whether a term follows from what is known. */
export function implies(known: Term, term: Term): boolean {
  if (!known.positive) return !term.positive && term.versions.isSubsetOf(known.versions);
  return term.positive ? known.versions.isSubsetOf(term.versions) : known.versions.isDisjointFrom(term.versions);
}

/** Checks whether two terms cannot both be true. */
export function contradicts(known: Term, term: Term): boolean {
  if (!known.positive) return term.positive && term.versions.isSubsetOf(known.versions);
  return term.positive ? known.versions.isDisjointFrom(term.versions) : known.versions.isSubsetOf(term.versions);
}

export function isAlwaysFalse({ positive, versions }: Term): boolean {
  return positive && versions.isEmpty;
}

export function isAlwaysTrue({ positive, versions }: Term): boolean {
  return !positive && versions.isEmpty;
}

/** Returns the conjunction of one term and the inverse of another; `undefined` if it is always false. */
export function difference(one: Term, other: Term): Term | undefined {
  const rest = intersect(one, inverse(other));
  return isAlwaysFalse(rest) ? undefined : rest;
}
