import type Comparator from 'semver/classes/comparator.js';
import type Range from 'semver/classes/range.js';
import SemVer from 'semver/classes/semver.js';
import type { Constraint } from '../../constraint.ts';
import { type Cut, type Interval, Intervals } from './intervals.ts';

/**
 * A set of versions, closed under union, intersection and complement.
 *
 * `>=1.0.0` lets 1.1.0 in and not 1.1.0-rc.1, so that on the one line of all versions it has a hole before every
 * release and is no finite number of intervals. It is on two lines: one of the releases, one of the prereleases. On the
 * second it is empty, `>=1.1.0-rc.1` is one interval that ends at 1.1.0, and no range (any version will do) is
 * everything. So the set of a constraint holds exactly the versions that satisfy it, prereleases included, and what is
 * proved with sets is true of versions.
 */
export class VersionSet {
  static readonly NONE: VersionSet = new VersionSet(Intervals.NONE, Intervals.NONE);
  /** What satisfies a need without a range: every version, prereleases too. */
  static readonly ANY: VersionSet = new VersionSet(Intervals.ALL, Intervals.ALL);

  readonly releases: Intervals;
  readonly prereleases: Intervals;

  private constructor(releases: Intervals, prereleases: Intervals) {
    this.releases = releases;
    this.prereleases = prereleases;
  }

  /** The versions that `satisfies` a constraint. */
  static of({ alternatives }: Constraint): VersionSet {
    return alternatives.reduce((sum, { range, excluded }) => {
      const unwanted = excluded.reduce((all, one) => all.union(ofRange(one)), VersionSet.NONE);
      return sum.union(ofRange(range).intersect(unwanted.complement()));
    }, VersionSet.NONE);
  }

  static exactly(version: SemVer): VersionSet {
    const one = Intervals.between({ version, after: false }, { version, after: true });
    return isPrerelease(version) ? new VersionSet(Intervals.NONE, one) : new VersionSet(one, Intervals.NONE);
  }

  /** All that lies between two versions, these left out, prereleases too; `undefined` for no end. */
  static between(lower: SemVer | undefined, upper: SemVer | undefined): VersionSet {
    return VersionSet.split(
      lower && { version: lower, after: true },
      upper && { version: upper, after: false },
      Intervals.ALL,
    );
  }

  /** An interval of both lines, of the prereleases only what is among those let in. */
  static split(from: Cut | undefined, to: Cut | undefined, letIn: Intervals): VersionSet {
    return new VersionSet(
      Intervals.between(from && amongReleases(from), to && amongReleases(to)),
      Intervals.between(from && amongPrereleases(from), to && amongPrereleases(to)).intersect(letIn),
    );
  }

  get isEmpty(): boolean {
    return this.releases.isEmpty && this.prereleases.isEmpty;
  }

  contains(version: SemVer): boolean {
    return (isPrerelease(version) ? this.prereleases : this.releases).contains(version);
  }

  complement(): VersionSet {
    return new VersionSet(this.releases.complement(), this.prereleases.complement());
  }

  union(other: VersionSet): VersionSet {
    return new VersionSet(this.releases.union(other.releases), this.prereleases.union(other.prereleases));
  }

  intersect(other: VersionSet): VersionSet {
    return new VersionSet(this.releases.intersect(other.releases), this.prereleases.intersect(other.prereleases));
  }

  isSubsetOf(other: VersionSet): boolean {
    return this.releases.isSubsetOf(other.releases) && this.prereleases.isSubsetOf(other.prereleases);
  }

  isDisjointFrom(other: VersionSet): boolean {
    return this.releases.isDisjointFrom(other.releases) && this.prereleases.isDisjointFrom(other.prereleases);
  }

  equals(other: VersionSet): boolean {
    return this.isSubsetOf(other) && other.isSubsetOf(this);
  }

  /** `>=1.0.0 <2.0.0 || >=3.0.0`, the releases' side of it; the prereleases' where it has no release. */
  toString(): string {
    const line = this.releases.isEmpty ? this.prereleases : this.releases;
    return line.isEmpty ? '(none)' : line.intervals().map(formatInterval).join(' || ');
  }
}

export function isPrerelease({ prerelease }: SemVer): boolean {
  return prerelease.length > 0;
}

function ofRange({ set, includePrerelease }: Range): VersionSet {
  const alternatives = set.map((comparators) => {
    const letIn = includePrerelease ? Intervals.ALL : prereleasesNamed(comparators);
    const all = comparators.map((comparator) => ofComparator(comparator, letIn));
    return all.reduce((both, one) => both.intersect(one));
  });
  return alternatives.reduce((sum, one) => sum.union(one), VersionSet.NONE);
}

/** npm's rule: the prereleases of the versions of which a comparator names one. */
function prereleasesNamed(comparators: readonly Comparator[]): Intervals {
  const named = comparators.filter(({ value, semver }) => value !== '' && isPrerelease(semver));
  return named.reduce((sum, { semver: { major, minor, patch } }) => {
    const release = `${major}.${minor}.${patch}`;
    const first = { version: new SemVer(`${release}-0`), after: false };
    return sum.union(Intervals.between(first, { version: new SemVer(release), after: false }));
  }, Intervals.NONE);
}

function ofComparator({ value, operator, semver: version }: Comparator, letIn: Intervals): VersionSet {
  const before = { version, after: false };
  const after = { version, after: true };
  if (value === '') return VersionSet.split(undefined, undefined, letIn);
  switch (operator) {
    case '>':
      return VersionSet.split(after, undefined, letIn);
    case '>=':
      return VersionSet.split(before, undefined, letIn);
    case '<':
      return VersionSet.split(undefined, before, letIn);
    case '<=':
      return VersionSet.split(undefined, after, letIn);
    default:
      return VersionSet.split(before, after, letIn);
  }
}

/** No release lies between a prerelease and its release: a cut at the one is a cut right before the other. */
function amongReleases(cut: Cut): Cut {
  if (!isPrerelease(cut.version)) return cut;
  const { major, minor, patch } = cut.version;
  return { version: new SemVer(`${major}.${minor}.${patch}`), after: false };
}

/** No prerelease lies at a release: a cut after it is one before it. */
function amongPrereleases(cut: Cut): Cut {
  return isPrerelease(cut.version) ? cut : { version: cut.version, after: false };
}

function formatInterval({ from, to }: Interval): string {
  if (from && to && from.version.compare(to.version) === 0) return from.version.version;
  const lower = from && `${from.after ? '>' : '>='}${from.version.version}`;
  const upper = to && `${to.after ? '<=' : '<'}${to.version.version}`;
  return [lower, upper].filter((end) => end !== undefined).join(' ') || '*';
}
