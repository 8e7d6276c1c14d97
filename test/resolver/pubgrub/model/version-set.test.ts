import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import SemVer from 'semver/classes/semver.js';
import { npmRange, parseConstraint, satisfies } from '../../../../src/resolver/constraint.ts';
import { VersionSet } from '../../../../src/resolver/pubgrub/model/version-set.ts';

const set = (text: string) => VersionSet.of(parseConstraint(text));

describe('VersionSet: releases', () => {
  const rows: { title: string; text: string; want: string }[] = [
    { title: 'a caret range is one interval', text: '^1.2', want: '>=1.2.0 <2.0.0' },
    { title: 'an equality is one version', text: '=1.2.0', want: '1.2.0' },
    { title: 'a lower bound alone is unbounded above', text: '>=1.2', want: '>=1.2.0' },
    { title: 'an excluded version is a gap', text: '!=1.3.0', want: '<1.3.0 || >1.3.0' },
    { title: 'an excluded wildcard is a gap', text: '>=1,!=1.3.x', want: '>=1.0.0 <1.3.0 || >=1.4.0' },
    { title: 'adjacent alternatives are joined', text: '>=1,<2 || >=2,<3', want: '>=1.0.0 <3.0.0' },
    { title: 'overlapping alternatives are joined', text: '<2 || >1.5', want: '*' },
    { title: 'disjoint alternatives are sorted', text: '^3 || ^1', want: '>=1.0.0 <2.0.0 || >=3.0.0 <4.0.0' },
    { title: 'contradictory comparators are empty', text: '>2,<1', want: '(none)' },
    { title: 'build metadata is ignored', text: '<=1.2.3+linux', want: '<=1.2.3' },
    { title: 'a prerelease bound includes its release', text: '>=1.2.0-rc.1', want: '>=1.2.0' },
  ];
  for (const { title, text, want } of rows) test(`VersionSet: ${title}`, () => assert.equal(String(set(text)), want));
});

describe('VersionSet: prereleases', () => {
  const has = (text: string, version: string) => set(text).contains(new SemVer(version));
  test('VersionSet: a range without a prerelease contains no prereleases', () => {
    assert.ok(!has('>=1.0.0', '1.1.0-rc.1'));
    assert.ok(!has('*', '1.1.0-rc.1'));
    assert.ok(set('>=1.0.0').prereleases.isEmpty);
  });
  test('VersionSet: a range with a prerelease contains later prereleases of the same version', () => {
    assert.ok(has('>=1.1.0-rc.1', '1.1.0-rc.2'));
    assert.ok(!has('>=1.1.0-rc.1', '1.1.0-beta'));
    assert.ok(!has('>=1.1.0-rc.1', '1.2.0-rc.1'));
  });
  test('VersionSet: ANY contains all prereleases', () => {
    assert.ok(VersionSet.ANY.contains(new SemVer('1.1.0-rc.1')));
  });
});

const number = fc.integer({ min: 0, max: 3 });
const version = fc
  .tuple(
    number,
    number,
    number,
    fc.constantFrom('', '', '', '-0', '-alpha', '-rc.1', '-rc.2'),
    fc.constantFrom('', '+b'),
  )
  .map(([major, minor, patch, prerelease, build]) => `${major}.${minor}.${patch}${prerelease}${build}`);
const partial = fc.oneof(
  version,
  number.map(String),
  fc.tuple(number, number).map(([major, minor]) => `${major}.${minor}`),
  fc.tuple(number, number).map(([major, minor]) => `${major}.${minor}.x`),
);
const comparator = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '=', '==', '!=', '>', '>=', '<', '<=', '^', '~'), partial)
    .map((parts) => parts.join('')),
  fc.tuple(number, number).map(([major, minor]) => `~=${major}.${minor}`),
  fc.constant('*'),
);
const alternative = fc.array(comparator, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
const constraint = fc.array(alternative, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' || '));
const anySet = constraint.map(set);

describe('VersionSet: properties', () => {
  const numRuns = 1000;

  test('VersionSet: the set of a constraint contains exactly the versions that satisfy it', () => {
    fc.assert(
      fc.property(constraint, version, (text, one) => {
        assert.equal(set(text).contains(new SemVer(one)), satisfies(one, parseConstraint(text)));
      }),
      { numRuns: 5 * numRuns },
    );
  });

  test('VersionSet: the set of an npm range contains exactly the versions that satisfy it', () => {
    const npm = alternative.map((text) => text.replaceAll(/!=|==|~=/g, '').replaceAll(',', ' '));
    fc.assert(
      fc.property(npm, version, (text, one) => {
        assert.equal(VersionSet.of(npmRange(text)).contains(new SemVer(one)), satisfies(one, npmRange(text)));
      }),
      { numRuns },
    );
  });

  test('VersionSet: union, intersection and complement correspond to or, and, not', () => {
    fc.assert(
      fc.property(anySet, anySet, version, (one, other, text) => {
        const sample = new SemVer(text);
        const [inOne, inOther] = [one.contains(sample), other.contains(sample)];
        assert.equal(one.union(other).contains(sample), inOne || inOther);
        assert.equal(one.intersect(other).contains(sample), inOne && inOther);
        assert.equal(one.complement().contains(sample), !inOne);
      }),
      { numRuns },
    );
  });

  test('VersionSet: the representation of a set is unique', () => {
    fc.assert(
      fc.property(anySet, anySet, (one, other) => {
        const same = (left: VersionSet, right: VersionSet) =>
          assert.deepEqual(
            [left.releases.intervals(), left.prereleases.intervals()],
            [right.releases.intervals(), right.prereleases.intervals()],
          );
        same(one.complement().complement(), one);
        same(one.union(other), other.union(one));
        same(one.union(other).complement(), one.complement().intersect(other.complement()));
        same(one.intersect(one.union(other)), one);
        same(one.intersect(one.complement()), VersionSet.NONE);
        same(one.union(one.complement()), VersionSet.ANY);
      }),
      { numRuns },
    );
  });

  test('VersionSet: isSubsetOf and isDisjointFrom agree with intersect', () => {
    fc.assert(
      fc.property(anySet, anySet, (one, other) => {
        assert.equal(one.isSubsetOf(other), one.intersect(other).equals(one));
        assert.equal(one.isDisjointFrom(other), one.intersect(other).isEmpty);
        assert.ok(one.intersect(other).isSubsetOf(one) && one.isSubsetOf(one.union(other)));
      }),
      { numRuns },
    );
  });

  test('VersionSet: intervals are ascending and not adjacent', () => {
    fc.assert(
      fc.property(anySet, ({ releases, prereleases }) => {
        for (const line of [releases, prereleases]) {
          const cuts = line.intervals().flatMap(({ from, to }) => [from, to]);
          const inner = cuts.slice(1, -1);
          assert.ok(inner.every((cut) => cut !== undefined));
          const known = cuts.filter((cut) => cut !== undefined);
          for (const [i, cut] of known.slice(1).entries()) {
            const before = known[i]!;
            const order = before.version.compare(cut.version) || Number(before.after) - Number(cut.after);
            assert.ok(order < 0);
          }
        }
      }),
      { numRuns },
    );
  });

  test('VersionSet: between excludes its bounds', () => {
    fc.assert(
      fc.property(version, version, version, (lower, upper, one) => {
        const between = VersionSet.between(new SemVer(lower), new SemVer(upper));
        const sample = new SemVer(one);
        assert.equal(between.contains(sample), sample.compare(lower) > 0 && sample.compare(upper) < 0);
      }),
      { numRuns },
    );
  });
});
