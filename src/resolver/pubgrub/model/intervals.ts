import type SemVer from 'semver/classes/semver.js';

/** A border between versions: right before one, or right after it. */
export interface Cut {
  readonly version: SemVer;
  readonly after: boolean;
}

/** From one cut to another; `undefined` where there is no end. */
export interface Interval {
  readonly from: Cut | undefined;
  readonly to: Cut | undefined;
}

/**
 * A set of versions on the line of their precedence (build metadata ignored): disjoint intervals in ascending order,
 * kept as the cuts at which one goes in or out. So there is one way only to write a set, the complement is the same
 * cuts begun from the other side, and every other operation is one walk along two lists.
 */
export class Intervals {
  static readonly NONE: Intervals = new Intervals(false, []);
  static readonly ALL: Intervals = new Intervals(true, []);

  readonly #beginsInside: boolean;
  /** Strictly ascending. */
  readonly #cuts: readonly Cut[];

  private constructor(beginsInside: boolean, cuts: readonly Cut[]) {
    this.#beginsInside = beginsInside;
    this.#cuts = cuts;
  }

  /** What lies between two cuts; nothing where they do not ascend. */
  static between(from: Cut | undefined, to: Cut | undefined): Intervals {
    if (from && to && compareCuts(from, to) >= 0) return Intervals.NONE;
    if (!from && !to) return Intervals.ALL;
    return new Intervals(
      from === undefined,
      [from, to].filter((cut) => cut !== undefined),
    );
  }

  get isEmpty(): boolean {
    return !this.#beginsInside && this.#cuts.length === 0;
  }

  contains(version: SemVer): boolean {
    let inside = this.#beginsInside;
    for (const cut of this.#cuts) {
      const order = cut.version.compare(version);
      if (order > 0 || (order === 0 && cut.after)) break;
      inside = !inside;
    }
    return inside;
  }

  complement(): Intervals {
    if (this.#cuts.length === 0) return this.#beginsInside ? Intervals.NONE : Intervals.ALL;
    return new Intervals(!this.#beginsInside, this.#cuts);
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

  /** Ascending, none touching the next. */
  intervals(): Interval[] {
    const ends = [...(this.#beginsInside ? [undefined] : []), ...this.#cuts];
    return Array.from({ length: Math.ceil(ends.length / 2) }, (_, at) => ({
      from: ends[2 * at],
      to: ends[2 * at + 1],
    }));
  }

  #combine(other: Intervals, holds: Truth): Intervals {
    const cuts: Cut[] = [];
    const beginsInside = holds(this.#beginsInside, other.#beginsInside);
    let inside = beginsInside;
    this.#walk(other, (one, two, cut) => {
      if (cut && holds(one, two) !== inside) {
        inside = !inside;
        cuts.push(cut);
      }
      return false;
    });
    if (cuts.length === 0) return beginsInside ? Intervals.ALL : Intervals.NONE;
    return new Intervals(beginsInside, cuts);
  }

  /**
   * Goes along both lines and asks at the beginning and after every cut, with where it is in either set, until one
   * answer is yes.
   */
  #walk(other: Intervals, holds: (inOne: boolean, inOther: boolean, cut?: Cut) => boolean): boolean {
    let inOne = this.#beginsInside;
    let inOther = other.#beginsInside;
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

/** Where one line has come to its end, the other goes on alone. */
function compareEnds(one: Cut | undefined, other: Cut | undefined): number {
  if (one === undefined) return 1;
  return other === undefined ? -1 : compareCuts(one, other);
}
