import { compareCodePoints } from '../../../packs/tree/order.ts';
import type { Fact, Incompatibility } from '../model/incompatibility.ts';
import { andList } from './wording.ts';

/** What is wanted comes before what there is, who needs a pack before what that needs, and what was asked for by name. */
export function inReadingOrder(parts: readonly Incompatibility[]): readonly Incompatibility[] {
  const [one, other] = parts.map(({ cause }) => cause);
  if (!one || !other || one.kind === 'derived' || other.kind === 'derived') return parts;
  const byRank = rank(one) - rank(other);
  const turned =
    one.kind === 'needs' && other.kind === 'needs'
      ? other.need.ref === one.ref
      : byRank > 0 || (byRank === 0 && compareCodePoints(one.ref, other.ref) > 0);
  return turned ? parts.toReversed() : parts;
}

function rank({ kind }: Fact): number {
  if (kind === 'asked') return 0;
  return kind === 'needs' || kind === 'given' || kind === 'kept' ? 1 : 2;
}

/** `you asked for a` and `you asked for b`: `you asked for a and b`; `a 1.0.0 needs b` and `a 1.0.0 needs c` likewise. */
export function joinAlike(sentences: readonly string[]): string {
  const [first = '', second] = sentences;
  const beginning = /^(?:you asked for |you gave |.* needs )/.exec(first)?.[0];
  if (beginning === undefined || !second?.startsWith(beginning)) return andList(sentences);
  return `${first} and ${second.slice(beginning.length)}`;
}
