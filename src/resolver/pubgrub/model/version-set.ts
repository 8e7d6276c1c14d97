import type Comparator from 'semver/classes/comparator.js';
import type Range from 'semver/classes/range.js';
import SemVer from 'semver/classes/semver.js';
import type { Constraint } from '../../constraint.ts';
import { type Cut, type Interval, Intervals } from './intervals.ts';

/**
 * A set of versions, closed under union, intersection and complement.
 *
 * `>=1.0.0` matches 1.1.0 but not 1.1.0-rc.1, so among all versions it has a gap before every release and is not a finite
 * number of intervals. Therefore releases and prereleases are stored separately. Among the prereleases, `>=1.0.0` is empty,
 * `>=1.1.0-rc.1` is one interval that ends at 1.1.0, and the absence of a range contains everything. The set of a
 * constraint contains exactly the versions that satisfy it, including prereleases, so derivations about sets hold for
 * versions.
 */
export class VersionSet {
  static readonly NONE: VersionSet = new VersionSet(Intervals.NONE, Intervals.NONE);
  /** Every version, including prereleases, which is what a dependency without a range matches. */
  static readonly ANY: VersionSet = new VersionSet(Intervals.ALL, Intervals.ALL);

  readonly releases: Intervals;
  readonly prereleases: Intervals;

  private constructor(releases: Intervals, prereleases: Intervals) {
    this.releases = releases;
    this.prereleases = prereleases;
  }

  /** Returns the versions that satisfy a constraint. */
  static of({ alternatives }: Constraint): VersionSet {
    return alternatives.reduce((sum, { range, excluded }) => {
      const allExcluded = excluded.reduce((all, one) => all.union(ofRange(one)), VersionSet.NONE);
      return sum.union(ofRange(range).intersect(allExcluded.complement()));
    }, VersionSet.NONE);
  }

  static exactly(version: SemVer): VersionSet {
    const one = Intervals.between({ version, after: false }, { version, after: true });
    return isPrerelease(version) ? new VersionSet(Intervals.NONE, one) : new VersionSet(one, Intervals.NONE);
  }

  /** Returns all versions between two versions, exclusive, including prereleases; `undefined` for unbounded. */
  static between(lower: SemVer | undefined, upper: SemVer | undefined): VersionSet {
    return VersionSet.split(
      lower && { version: lower, after: true },
      upper && { version: upper, after: false },
      Intervals.ALL,
    );
  }

  /** Returns an interval of releases and, restricted to `allowed`, of prereleases. */
  static split(from: Cut | undefined, to: Cut | undefined, allowed: Intervals): VersionSet {
    return new VersionSet(
      Intervals.between(from && amongReleases(from), to && amongReleases(to)),
      Intervals.between(from && amongPrereleases(from), to && amongPrereleases(to)).intersect(allowed),
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

  /** Formats the releases as `>=1.0.0 <2.0.0 || >=3.0.0`; the prereleases if there are no releases. */
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
    const allowed = includePrerelease ? Intervals.ALL : allowedPrereleases(comparators);
    const all = comparators.map((comparator) => ofComparator(comparator, allowed));
    return all.reduce((both, one) => both.intersect(one));
  });
  return alternatives.reduce((sum, one) => sum.union(one), VersionSet.NONE);
}

/** Returns the prereleases that match by npm's rule: those of a version of which a comparator names a prerelease. */
function allowedPrereleases(comparators: readonly Comparator[]): Intervals {
  const named = comparators.filter(({ value, semver }) => value !== '' && isPrerelease(semver));
  return named.reduce((sum, { semver: { major, minor, patch } }) => {
    const release = `${major}.${minor}.${patch}`;
    const first = { version: new SemVer(`${release}-0`), after: false };
    return sum.union(Intervals.between(first, { version: new SemVer(release), after: false }));
  }, Intervals.NONE);
}

function ofComparator({ value, operator, semver: version }: Comparator, allowed: Intervals): VersionSet {
  const before = { version, after: false };
  const after = { version, after: true };
  if (value === '') return VersionSet.split(undefined, undefined, allowed);
  switch (operator) {
    case '>':
      return VersionSet.split(after, undefined, allowed);
    case '>=':
      return VersionSet.split(before, undefined, allowed);
    case '<':
      return VersionSet.split(undefined, before, allowed);
    case '<=':
      return VersionSet.split(undefined, after, allowed);
    default:
      return VersionSet.split(before, after, allowed);
  }
}

/** Converts a cut at a prerelease to a cut before its release: no release lies between them. */
function amongReleases(cut: Cut): Cut {
  if (!isPrerelease(cut.version)) return cut;
  const { major, minor, patch } = cut.version;
  return { version: new SemVer(`${major}.${minor}.${patch}`), after: false };
}

/** Converts a cut after a release to a cut before it: a release is not a prerelease. */
function amongPrereleases(cut: Cut): Cut {
  return isPrerelease(cut.version) ? cut : { version: cut.version, after: false };
}

function formatInterval({ from, to }: Interval): string {
  if (from && to && from.version.compare(to.version) === 0) return from.version.version;
  const lower = from && `${from.after ? '>' : '>='}${from.version.version}`;
  const upper = to && `${to.after ? '<=' : '<'}${to.version.version}`;
  return [lower, upper].filter((end) => end !== undefined).join(' ') || '*';
}
