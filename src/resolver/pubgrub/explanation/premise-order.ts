import { compareCodePoints } from '../../../packs/tree/order.ts';
import type { Fact, Incompatibility } from '../model/incompatibility.ts';
import { andList } from './wording.ts';

/** Orders premises: requests first, then dependents before their dependencies, then what is available. */
export function inReadingOrder(premises: readonly Incompatibility[]): readonly Incompatibility[] {
  const [one, other] = premises.map(({ cause }) => cause);
  if (!one || !other || one.kind === 'derived' || other.kind === 'derived') return premises;
  const byRank = rank(one) - rank(other);
  const isReversed =
    one.kind === 'dependency' && other.kind === 'dependency'
      ? other.dependency.ref === one.ref
      : byRank > 0 || (byRank === 0 && compareCodePoints(one.ref, other.ref) > 0);
  return isReversed ? premises.toReversed() : premises;
}

function rank({ kind }: Fact): number {
  if (kind === 'requested') return 0;
  return kind === 'dependency' || kind === 'given' || kind === 'installed' ? 1 : 2;
}

/**
 * Joins two sentences without repeating a common beginning: `you requested a` and `you requested b` become `you requested
 * a and b`, and `a 1.0.0 depends on b` and `a 1.0.0 depends on c` likewise.
 */
export function joinSimilar(sentences: readonly string[]): string {
  const [first = '', second] = sentences;
  const beginning = /^(?:you requested |you provided |.* depends on )/.exec(first)?.[0];
  if (beginning === undefined || !second?.startsWith(beginning)) return andList(sentences);
  return `${first} and ${second.slice(beginning.length)}`;
}
