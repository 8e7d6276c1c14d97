import type SemVer from 'semver/classes/semver.js';

/** A boundary between versions: immediately before or immediately after one. */
export interface Cut {
  readonly version: SemVer;
  readonly after: boolean;
}

/** The versions between two cuts; `undefined` if it is unbounded. */
export interface Interval {
  readonly from: Cut | undefined;
  readonly to: Cut | undefined;
}

/**
 * A set of versions by precedence (build metadata is ignored): disjoint intervals in ascending order, stored as the cuts at
 * which membership changes. This representation is unique, the complement has the same cuts with inverted membership, and
 * every other operation is a single pass over two lists.
 */
export class Intervals {
  static readonly NONE: Intervals = new Intervals(false, []);
  static readonly ALL: Intervals = new Intervals(true, []);

  readonly #startsInside: boolean;
  /** The cuts, strictly ascending. */
  readonly #cuts: readonly Cut[];

  private constructor(startsInside: boolean, cuts: readonly Cut[]) {
    this.#startsInside = startsInside;
    this.#cuts = cuts;
  }

  /** Returns the versions between two cuts; none if the cuts do not ascend. */
  static between(from: Cut | undefined, to: Cut | undefined): Intervals {
    if (from && to && compareCuts(from, to) >= 0) return Intervals.NONE;
    if (!from && !to) return Intervals.ALL;
    return new Intervals(
      from === undefined,
      [from, to].filter((cut) => cut !== undefined),
    );
  }

  get isEmpty(): boolean {
    return !this.#startsInside && this.#cuts.length === 0;
  }

  contains(version: SemVer): boolean {
    let inside = this.#startsInside;
    for (const cut of this.#cuts) {
      const order = cut.version.compare(version);
      if (order > 0 || (order === 0 && cut.after)) break;
      inside = !inside;
    }
    return inside;
  }

  complement(): Intervals {
    if (this.#cuts.length === 0) return this.#startsInside ? Intervals.NONE : Intervals.ALL;
    return new Intervals(!this.#startsInside, this.#cuts);
  }

  union(other: Intervals): Intervals {
    if (this === other || other.isEmpty || this === Intervals.ALL) return this;
    if (this.isEmpty || other === Intervals.ALL) return other;
    return this.#combine(other, (one, two) => one || two);
  }

  intersect(other: Intervals): Intervals {
    if (this === other || other === Intervals.ALL || this.isEmpty) return this;
    if (other.isEmpty || this === Intervals.ALL) return other;
    return this.#combine(other, (one, two) => one && two);
  }

  isSubsetOf(other: Intervals): boolean {
    if (this === other || this.isEmpty || other === Intervals.ALL) return true;
    return !this.#walk(other, (one, two) => one && !two);
  }

  isDisjointFrom(other: Intervals): boolean {
    if (this.isEmpty || other.isEmpty) return true;
    return !this.#walk(other, (one, two) => one && two);
  }

  /** Returns the intervals, ascending and not adjacent. */
  intervals(): Interval[] {
    const ends = [...(this.#startsInside ? [undefined] : []), ...this.#cuts];
    return Array.from({ length: Math.ceil(ends.length / 2) }, (_, i) => ({
      from: ends[2 * i],
      to: ends[2 * i + 1],
    }));
  }

  #combine(other: Intervals, holds: Truth): Intervals {
    const cuts: Cut[] = [];
    const startsInside = holds(this.#startsInside, other.#startsInside);
    let inside = startsInside;
    this.#walk(other, (one, two, cut) => {
      if (cut && holds(one, two) !== inside) {
        inside = !inside;
        cuts.push(cut);
      }
      return false;
    });
    if (cuts.length === 0) return startsInside ? Intervals.ALL : Intervals.NONE;
    return new Intervals(startsInside, cuts);
  }

  /**
   * Calls `holds` at the start and after every cut of either set, with the membership in both, until it returns true.
   */
  #walk(other: Intervals, holds: (inOne: boolean, inOther: boolean, cut?: Cut) => boolean): boolean {
    let inOne = this.#startsInside;
    let inOther = other.#startsInside;
    if (holds(inOne, inOther)) return true;
    for (let i = 0, j = 0; i < this.#cuts.length || j < other.#cuts.length; ) {
      const order = compareEnds(this.#cuts[i], other.#cuts[j]);
      const cut = order <= 0 ? this.#cuts[i++] : other.#cuts[j++];
      if (order <= 0) inOne = !inOne;
      if (order >= 0) inOther = !inOther;
      if (order === 0) j++;
      if (holds(inOne, inOther, cut)) return true;
    }
    return false;
  }
}

type Truth = (inOne: boolean, inOther: boolean) => boolean;

function compareCuts(one: Cut, other: Cut): number {
  return one.version.compare(other.version) || Number(one.after) - Number(other.after);
}

/** Compares the next cuts of two lists. The end of a list comes after every cut. */
function compareEnds(one: Cut | undefined, other: Cut | undefined): number {
  if (one === undefined) return 1;
  return other === undefined ? -1 : compareCuts(one, other);
}
