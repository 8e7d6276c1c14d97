import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import SemVer from 'semver/classes/semver.js';
import { npmRange, parseConstraint, satisfies } from '../../../../src/resolver/constraint.ts';
import { VersionSet } from '../../../../src/resolver/pubgrub/model/version-set.ts';

const set = (text: string) => VersionSet.of(parseConstraint(text));

describe('a set of versions', () => {
  const rows: { claim: string; text: string; want: string }[] = [
    { claim: 'is one interval for a caret', text: '^1.2', want: '>=1.2.0 <2.0.0' },
    { claim: 'is one version for an equality', text: '=1.2.0', want: '1.2.0' },
    { claim: 'has no end where none is named', text: '>=1.2', want: '>=1.2.0' },
    { claim: 'has a hole for what is excluded', text: '!=1.3.0', want: '<1.3.0 || >1.3.0' },
    { claim: 'has a hole for an excluded wildcard', text: '>=1,!=1.3.x', want: '>=1.0.0 <1.3.0 || >=1.4.0' },
    { claim: 'joins alternatives that touch', text: '>=1,<2 || >=2,<3', want: '>=1.0.0 <3.0.0' },
    { claim: 'joins alternatives that overlap', text: '<2 || >1.5', want: '*' },
    { claim: 'keeps alternatives apart, in order', text: '^3 || ^1', want: '>=1.0.0 <2.0.0 || >=3.0.0 <4.0.0' },
    { claim: 'is empty where comparators contradict each other', text: '>2,<1', want: '(none)' },
    { claim: 'does not look at build metadata', text: '<=1.2.3+linux', want: '<=1.2.3' },
    { claim: 'has its releases from the release of a prerelease on', text: '>=1.2.0-rc.1', want: '>=1.2.0' },
  ];
  for (const { claim, text, want } of rows) test(claim, () => assert.equal(String(set(text)), want));
});

describe('its prereleases', () => {
  const has = (text: string, version: string) => set(text).contains(new SemVer(version));
  test('are none where no comparator names one', () => {
    assert.ok(!has('>=1.0.0', '1.1.0-rc.1'));
    assert.ok(!has('*', '1.1.0-rc.1'));
    assert.ok(set('>=1.0.0').prereleases.isEmpty);
  });
  test('are those of the version that is named', () => {
    assert.ok(has('>=1.1.0-rc.1', '1.1.0-rc.2'));
    assert.ok(!has('>=1.1.0-rc.1', '1.1.0-beta'));
    assert.ok(!has('>=1.1.0-rc.1', '1.2.0-rc.1'));
  });
  test('are all of them where any version will do', () => {
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

describe('laws', () => {
  const numRuns = 1000;

  test('the set of a constraint has exactly the versions that satisfy it', () => {
    fc.assert(
      fc.property(constraint, version, (text, one) => {
        assert.equal(set(text).contains(new SemVer(one)), satisfies(one, parseConstraint(text)));
      }),
      { numRuns: 5 * numRuns },
    );
  });

  test('so has that of an npm range', () => {
    const npm = alternative.map((text) => text.replaceAll(/!=|==|~=/g, '').replaceAll(',', ' '));
    fc.assert(
      fc.property(npm, version, (text, one) => {
        assert.equal(VersionSet.of(npmRange(text)).contains(new SemVer(one)), satisfies(one, npmRange(text)));
      }),
      { numRuns },
    );
  });

  test('union, intersection and complement are what they are of truth', () => {
    fc.assert(
      fc.property(anySet, anySet, version, (one, other, text) => {
        const at = new SemVer(text);
        const [inOne, inOther] = [one.contains(at), other.contains(at)];
        assert.equal(one.union(other).contains(at), inOne || inOther);
        assert.equal(one.intersect(other).contains(at), inOne && inOther);
        assert.equal(one.complement().contains(at), !inOne);
      }),
      { numRuns },
    );
  });

  test('a set is written in one way only', () => {
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

  test('subsets and disjoint sets are what intersections say', () => {
    fc.assert(
      fc.property(anySet, anySet, (one, other) => {
        assert.equal(one.isSubsetOf(other), one.intersect(other).equals(one));
        assert.equal(one.isDisjointFrom(other), one.intersect(other).isEmpty);
        assert.ok(one.intersect(other).isSubsetOf(one) && one.isSubsetOf(one.union(other)));
      }),
      { numRuns },
    );
  });

  test('intervals ascend and do not touch', () => {
    fc.assert(
      fc.property(anySet, ({ releases, prereleases }) => {
        for (const line of [releases, prereleases]) {
          const cuts = line.intervals().flatMap(({ from, to }) => [from, to]);
          const inner = cuts.slice(1, -1);
          assert.ok(inner.every((cut) => cut !== undefined));
          const known = cuts.filter((cut) => cut !== undefined);
          for (const [at, cut] of known.slice(1).entries()) {
            const before = known[at]!;
            const order = before.version.compare(cut.version) || Number(before.after) - Number(cut.after);
            assert.ok(order < 0);
          }
        }
      }),
      { numRuns },
    );
  });

  test('what lies between two versions has neither of them', () => {
    fc.assert(
      fc.property(version, version, version, (lower, upper, one) => {
        const between = VersionSet.between(new SemVer(lower), new SemVer(upper));
        const at = new SemVer(one);
        assert.equal(between.contains(at), at.compare(lower) > 0 && at.compare(upper) < 0);
      }),
      { numRuns },
    );
  });
});
