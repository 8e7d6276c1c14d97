import type { Incompatibility } from '../model/incompatibility.ts';

/** What the versions of one pack need of another, each something else, and what was concluded from that bit by bit. */
export interface AlikeNeeds {
  /** What they need, one a version or a few neighbours; from the inside of the derivation out, as are the others. */
  readonly needs: readonly Incompatibility[];
  /** That some of it is not there. */
  readonly lacks: readonly Incompatibility[];
  /** What the innermost conclusion was drawn from besides; `undefined` where it came from such facts alone. */
  readonly rest: Incompatibility | undefined;
}

/** So many say no more than the first two and the last. */
const LONG = 4;

/** Which pack needs which; who needs it may not be known yet. */
interface Pair {
  readonly by?: string;
  readonly ref: string;
}

/**
 * The long run of such facts that a conclusion ends, if it ends one: a pack with a hundred versions that pins another
 * to a hundred would be a hundred steps, of which each says the same.
 * @param isOwn whether a conclusion is told nowhere else, so that it may be left out
 */
export function alikeNeeds(one: Incompatibility, isOwn: (one: Incompatibility) => boolean): AlikeNeeds | undefined {
  const facts: Incompatibility[] = [];
  let pair: Pair | undefined;
  let rest: Incompatibility | undefined = one;
  while (rest && (rest === one || isOwn(rest))) {
    const parts = premisesOf(rest);
    const alike = parts.filter((part) => pairOf(part) !== undefined);
    const others = parts.filter((part) => !alike.includes(part));
    const common = commonPair([pair ?? [], ...alike.map((part) => pairOf(part) ?? [])].flat());
    if (alike.length === 0 || !common || others.some(({ cause }) => cause.kind !== 'derived')) break;
    pair = common;
    facts.push(...alike);
    rest = others[0];
  }
  const needs = facts.filter(({ cause }) => cause.kind === 'needs').reverse();
  const lacks = facts.filter(({ cause }) => cause.kind !== 'needs').reverse();
  return needs.length < LONG ? undefined : { needs, lacks, rest };
}

function premisesOf({ cause }: Incompatibility): readonly Incompatibility[] {
  return cause.kind === 'derived' ? [cause.conflict, cause.other] : [];
}

/** What is lacking for a reason of its own (a version is yanked) is told by itself. */
function pairOf({ cause }: Incompatibility): Pair | undefined {
  if (cause.kind === 'needs') return { by: cause.ref, ref: cause.need.ref };
  return cause.kind === 'no-version' && cause.passedOver.length === 0 ? { ref: cause.ref } : undefined;
}

/** `undefined` where they are not about the same packs. */
function commonPair([first, ...others]: readonly Pair[]): Pair | undefined {
  return others.reduce<Pair | undefined>((sum, { by = sum?.by, ref }) => {
    if (!sum || sum.ref !== ref || (sum.by ?? by) !== by) return undefined;
    return by === undefined ? sum : { by, ref };
  }, first);
}
