/**
 * Published test cases of other resolvers, rewritten for packs. Where the rules of attune differ (only a lock selects a
 * yanked version, ranges match prereleases as in npm), the expected result is that of attune.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hardCases } from '../../support/resolver/hard-cases.ts';
import { type Case, outcomeLines, solveCase } from '../../support/resolver/universe.ts';

type Row = Case & { readonly title: string; readonly want: readonly string[] | 'no solution' };

function check(rows: readonly Row[]): void {
  for (const { title, want, ...one } of rows) {
    test(`solver: ${title}`, () => {
      if (want === 'no solution') assert.equal(solveCase(one).outcome.solved, false);
      else assert.deepEqual(outcomeLines(one), want);
    });
  }
}

const bare = (...versions: string[]) => Object.fromEntries(versions.map((version) => [version, []]));

describe('solver: cases of pub and poetry, graphs', () => {
  check([
    {
      title: 'a diamond with incompatible ranges is solved by an older version',
      universe: {
        a: { '1.0.0': [], '2.0.0': ['c@^1'] },
        b: { '1.0.0': ['c@^2'], '2.0.0': ['c@^3'] },
        c: bare('1.0.0', '2.0.0', '3.0.0'),
      },
      roots: ['a', 'b'],
      want: ['a 1.0.0', 'c 3.0.0', 'b 2.0.0'],
    },
    {
      title: 'of two packs that could be downgraded, the one with more versions is',
      universe: {
        a: { ...Object.fromEntries([1, 2, 3, 4].map((major) => [`${major}.0.0`, ['c']])), '5.0.0': ['c@1.0.0'] },
        b: { ...Object.fromEntries([1, 2, 3].map((major) => [`${major}.0.0`, ['c']])), '4.0.0': ['c@2.0.0'] },
        c: bare('1.0.0', '2.0.0'),
      },
      roots: ['a', 'b'],
      want: ['c 2.0.0', 'a 4.0.0', 'b 4.0.0'],
    },
    {
      title: 'only the pack whose newest version contradicts a request is downgraded',
      universe: {
        a: { '1.0.0': ['foo'], '2.0.0': ['foo@<1.0.0'] },
        foo: bare('2.0.0', '2.0.1', '2.0.2', '2.0.3', '2.0.4'),
      },
      roots: ['a', 'foo@>2.0.0'],
      want: ['foo 2.0.4', 'a 1.0.0'],
    },
    {
      title: 'a pack with an unmatched dependency is downgraded, and an unrelated pack is not',
      universe: {
        a: { '1.0.0': ['c@1.0.0'], '2.0.0': ['c@2.0.0-nil'] },
        b: bare('1.0.0', '2.0.0', '3.0.0'),
        c: bare('1.0.0'),
      },
      roots: ['a', 'b'],
      want: ['b 3.0.0', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'dependencies of an abandoned version are not selected',
      universe: {
        a: { '1.0.0': [], '1.1.0': ['b', 'c@>9'] },
        b: { '1.0.0': ['d'] },
        c: bare('1.0.0'),
        d: bare('1.0.0'),
      },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
    {
      title: 'two packs that depend on incompatible versions of each other have no solution',
      universe: {
        a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'] },
        b: { '1.0.0': ['a@2.0.0'], '2.0.0': ['a@1.0.0'] },
      },
      roots: ['a', 'b'],
      want: 'no solution',
    },
    {
      title: 'a transitive dependency causes the downgrade of a root',
      universe: {
        top: { '1.0.0': ['left@^1'], '2.0.0': ['left@^2', 'right@^1'] },
        left: { '1.0.0': [], '2.0.0': ['deep@^2'] },
        right: { '1.0.0': ['wide@^1'] },
        wide: { '1.0.0': ['deep@^1'] },
        deep: bare('1.0.0', '2.0.0'),
      },
      roots: ['top'],
      want: ['left 1.0.0', 'top 1.0.0'],
    },
    {
      title: 'two conflicts on different levels are both resolved',
      universe: {
        a: { '1.0.0': ['x@^1', 'y@^1'], '2.0.0': ['x@^2', 'y@^1'], '3.0.0': ['x@^2', 'y@^2'] },
        x: { '1.0.0': [], '2.0.0': ['z@^2'] },
        y: { '1.0.0': ['z@^1 || ^2'], '2.0.0': ['z@^1'] },
        z: bare('1.0.0', '2.0.0'),
      },
      roots: ['a'],
      want: ['z 2.0.0', 'x 2.0.0', 'y 1.0.0', 'a 2.0.0'],
    },
  ]);
});

describe('solver: cases of pub and poetry, locked versions', () => {
  const universe = {
    foo: { '1.0.0': ['bar@1.0.0'], '1.0.1': ['bar@1.0.1'], '1.0.2': ['bar@1.0.2'] },
    bar: bare('1.0.0', '1.0.1', '1.0.2'),
  };
  check([
    {
      title: 'a matching locked version is selected',
      universe,
      roots: ['foo'],
      held: { foo: '1.0.1 locked' },
      want: ['bar 1.0.1', 'foo 1.0.1'],
    },
    {
      title: 'a locked version that does not match is not selected',
      universe,
      roots: ['foo@>1.0.1'],
      held: { foo: '1.0.1 locked' },
      want: ['bar 1.0.2', 'foo 1.0.2'],
    },
    {
      title: 'a locked version that is not required is not selected',
      universe: { ...universe, baz: bare('1.0.0') },
      roots: ['foo'],
      held: { baz: '1.0.0 locked' },
      want: ['bar 1.0.2', 'foo 1.0.2'],
    },
    {
      title: 'only the locked versions that conflict with a new requirement change',
      universe: {
        foo: { '1.0.0': ['bar@<2.0.0'], '2.0.0': ['bar@<3.0.0'] },
        bar: { '1.0.0': ['baz@<2.0.0'], '2.0.0': ['baz@<3.0.0'] },
        baz: { '1.0.0': ['qux@<2.0.0'], '2.0.0': ['qux@<3.0.0'] },
        qux: bare('1.0.0', '2.0.0'),
        newdep: { '2.0.0': ['baz@>=1.5.0'] },
      },
      roots: ['foo', 'newdep'],
      held: { foo: '2.0.0 locked', bar: '1.0.0 locked', baz: '1.0.0 locked', qux: '1.0.0 locked' },
      want: ['qux 1.0.0', 'baz 2.0.0', 'bar 2.0.0', 'foo 2.0.0', 'newdep 2.0.0'],
    },
    {
      title: 'a locked version that no longer exists is replaced',
      universe: { foo: bare('1.0.0') },
      roots: ['foo'],
      held: { foo: '1.1.0 locked' },
      want: ['foo 1.0.0'],
    },
  ]);
});

describe('solver: cases of packse, prereleases', () => {
  const range = '>=1.0.0-beta.1 <3.0.0';
  const dependsOn = (dependency: string) => ({ '1.0.0': [dependency] });
  check([
    {
      title: 'the bound of a range requests a prerelease',
      universe: { a: bare('1.0.0-beta.1') },
      roots: [`a@${range}`],
      want: ['a 1.0.0-beta.1'],
    },
    {
      title: 'the bound of a range requests later prereleases of the same version',
      universe: { a: bare('1.0.0-beta.1', '1.0.0-beta.2') },
      roots: [`a@${range}`],
      want: ['a 1.0.0-beta.2'],
    },
    {
      title: 'the bound of a range does not request prereleases of other versions (npm)',
      universe: { a: bare('1.0.0-beta.1', '2.0.0-beta.1') },
      roots: [`a@${range}`],
      want: ['a 1.0.0-beta.1'],
    },
    {
      title: 'a transitive dependency can request a prerelease',
      universe: { a: dependsOn('b==1.0.0-beta.1'), b: bare('1.0.0-beta.1') },
      roots: ['a'],
      want: ['b 1.0.0-beta.1', 'a 1.0.0'],
    },
    {
      title: 'a prerelease that one range names does not satisfy another range without one',
      universe: { a: dependsOn('c==2.0.0-beta.1'), b: dependsOn('c>=1.0.0,<=3.0.0'), c: bare('1.0.0', '2.0.0-beta.1') },
      roots: ['a', 'b'],
      want: 'no solution',
    },
    {
      title: 'a release is preferred over a newer prerelease',
      universe: { a: bare('1.0.0', '2.0.0-beta.1') },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
    {
      title: 'an upper bound excludes its own prereleases',
      universe: { a: bare('0.1.0', '0.2.0-alpha.1', '0.2.0') },
      roots: ['a@<0.2.0'],
      want: ['a 0.1.0'],
    },
    {
      title: 'a range without a prerelease does not match if there are only prereleases',
      universe: { a: bare('0.1.0', '1.0.0-alpha.1') },
      roots: ['a@>0.1.0'],
      want: 'no solution',
    },
    {
      title: 'prereleases are ordered numerically',
      universe: { a: bare('1.0.0-beta.2', '1.0.0-beta.10', '1.0.0-beta.9', '1.0.0-alpha.99') },
      roots: ['a@^1.0.0-alpha.1'],
      want: ['a 1.0.0-beta.10'],
    },
  ]);
});

describe('solver: cases of packse, yanked versions', () => {
  check([
    {
      title: 'an older version is selected instead of a yanked one',
      universe: { a: bare('0.1.0', '1.0.0!') },
      roots: ['a'],
      want: ['a 0.1.0'],
    },
    {
      title: 'the newest version that is not yanked is selected',
      universe: { a: bare('0.1.0', '0.2.0!', '0.3.0', '1.0.0!') },
      roots: ['a@>=0.1.0'],
      want: ['a 0.3.0'],
    },
    {
      title: 'a yanked version is not selected even if it is the only one',
      universe: { a: bare('1.0.0!') },
      roots: ['a'],
      want: 'no solution',
    },
    {
      title: 'a yanked version is not selected even if a range matches no other',
      universe: { a: { '0.1.0': ['b@>0.1'] }, b: bare('0.1.0', '1.0.0!') },
      roots: ['a'],
      want: 'no solution',
    },
    {
      title: 'a yanked version is selected if a root requests exactly it',
      universe: { a: bare('0.1.0', '1.0.0!') },
      roots: ['a@1.0.0'],
      want: ['a 1.0.0'],
    },
    {
      title: 'a yanked version is not selected because another pack depends on exactly it',
      universe: { a: { '1.0.0': ['b@1.0.0'] }, b: bare('0.1.0', '1.0.0!') },
      roots: ['a'],
      want: 'no solution',
    },
    {
      title: 'a locked yanked version satisfies dependencies',
      universe: { a: { '1.0.0': ['c@2.0.0'] }, b: { '1.0.0': ['c>=1.0.0,<=3.0.0'] }, c: bare('1.0.0', '2.0.0!') },
      roots: ['a', 'b'],
      held: { c: '2.0.0 locked' },
      want: ['c 2.0.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'an older version of a pack is selected if a newer one depends on a yanked version',
      universe: { a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] }, b: bare('1.0.0', '2.0.0!') },
      roots: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
  ]);
});

describe('solver: cases of packse, excluded versions', () => {
  const b = bare('1.0.0', '2.0.0', '3.0.0');
  check([
    {
      title: 'the only version is excluded',
      universe: { a: bare('1.0.0') },
      roots: ['a@<1 || >1'],
      want: 'no solution',
    },
    {
      title: 'the only version with matching dependencies is excluded',
      universe: { a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'], '3.0.0': ['b@3.0.0'] }, b },
      roots: ['a@<2 || >=2.0.1', 'b@^2'],
      want: 'no solution',
    },
    {
      title: 'all matching versions but one are excluded by another pack',
      universe: {
        a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'], '2.1.0': ['b@2.0.0'], '3.0.0': ['b@3.0.0'] },
        b,
        c: { '1.0.0': ['a@<=2.0.0'], '2.0.0': ['a@>=3.0.0'] },
      },
      roots: ['a', 'b@^2', 'c'],
      want: ['b 2.0.0', 'a 2.0.0', 'c 1.0.0'],
    },
    {
      title: 'every version but the oldest has a missing dependency',
      universe: { a: { '1.0.0': ['b'], '2.0.0': ['b', 'gone'], '3.0.0': ['gone@^9', 'b'] }, b },
      roots: ['a'],
      want: ['b 3.0.0', 'a 1.0.0'],
    },
  ]);
});

describe('solver: cases of cargo, backjumping', () => {
  check([
    {
      title: 'the version of one dependency determines whether another can be satisfied',
      universe: {
        a: { '1.0.0': ['b@^1', 'c@^1', 'd@>=1.0.100'] },
        b: { '1.0.0': ['c@>=1.0.0'], '1.0.1': ['c@>=1.0.1'] },
        c: { '1.0.0': ['d@^1'], '1.0.1': ['d@>=1.0.1,<1.0.100'], '1.0.2': ['d@>=1.0.2,<1.0.100'] },
        d: bare('1.0.0', '1.0.1', '1.0.2', '1.0.100', '1.0.101', '1.0.105'),
      },
      roots: ['a'],
      want: ['d 1.0.105', 'c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'dependencies of older versions are not selected if a newer version matches',
      universe: {
        a: bare('1.0.0', '1.1.0'),
        b: { '1.0.0': ['a'] },
        c: bare('1.0.0', '1.1.0'),
        d: { '1.0.0': ['c@1.0.0'] },
        e: { '1.0.0': [], '1.1.0': ['c@^1.1'] },
        f: { '1.0.0': ['spare', 'd'], '1.1.0': ['d'] },
        g: { '1.0.0': ['b', 'e', 'f'] },
        spare: bare('1.0.0'),
      },
      roots: ['g'],
      want: ['a 1.1.0', 'b 1.0.0', 'c 1.0.0', 'd 1.0.0', 'e 1.0.0', 'f 1.1.0', 'g 1.0.0'],
    },
    {
      title: 'adjacent dead ends are skipped one by one',
      universe: {
        b: bare('3.8.10', '9.4.6'),
        c: bare('1.8.8', '10.2.5'),
        d: { '4.1.2': ['bad@6.10.9'], '5.5.6': [], '5.6.10': [] },
        spare: bare('8.0.1', '8.8.1'),
        e: { '4.7.8': ['d@>=5.5.6,<=5.6.10', 'spare@8.0.1'], '7.4.9': ['bad@4.7.5'] },
        f: { '1.0.0': ['d@>=4.1.2,<=5.5.6'] },
        g: { '1.0.0': ['bad'] },
        h: { '3.8.3': ['g'], '6.8.3': ['f'], '8.1.9': ['spare@8.8.1'] },
        i: { '1.0.0': ['b', 'c', 'e', 'h'] },
      },
      roots: ['i'],
      want: ['b 9.4.6', 'c 10.2.5', 'd 5.5.6', 'f 1.0.0', 'h 6.8.3', 'spare 8.0.1', 'e 4.7.8', 'i 1.0.0'],
    },
    {
      title: 'a version with contradictory dependencies is skipped',
      universe: {
        spare: bare('3.0.3', '3.3.0', '3.3.1'),
        a: { '3.3.0': ['spare@3.0.3'], '3.3.2': ['spare@<=3.3.0'] },
        b: { '0.1.3': ['a@3.3.0'], '2.0.2': ['spare@3.3.0', 'a'], '2.3.3': ['spare@3.3.0', 'a@3.3.0'] },
      },
      roots: ['b'],
      want: ['spare 3.3.0', 'a 3.3.2', 'b 2.0.2'],
    },
  ]);
});

describe('solver: cases of bundler, conflicts of several packs', () => {
  check([
    {
      title: 'three ranges with one common version are satisfied',
      universe: {
        a: { '1.0.0': ['z@>=1,<3'] },
        b: { '1.0.0': ['z@>=2,<4'] },
        c: { '1.0.0': ['z@!=2.0.0'] },
        z: bare('1.0.0', '2.0.0', '2.5.0', '3.0.0'),
      },
      roots: ['a', 'b', 'c'],
      want: ['z 2.5.0', 'a 1.0.0', 'b 1.0.0', 'c 1.0.0'],
    },
    {
      title: 'three ranges with only pairwise common versions have no solution',
      universe: {
        a: { '1.0.0': ['z@1 || 2.0.0'] },
        b: { '1.0.0': ['z@2.0.0 || 3.0.0'] },
        c: { '1.0.0': ['z@1 || 3.0.0'] },
        z: bare('1.0.0', '2.0.0', '3.0.0'),
      },
      roots: ['a', 'b', 'c'],
      want: 'no solution',
    },
    {
      title: 'requirements of an abandoned pack no longer apply',
      universe: {
        a: { '1.0.0': [], '2.0.0': ['b', 'c@^2'] },
        b: { '1.0.0': ['z@^1'] },
        c: { '1.0.0': [], '2.0.0': ['d@^1'] },
        d: { '1.0.0': ['gone'] },
        z: bare('1.0.0', '2.0.0'),
      },
      roots: ['a', 'z'],
      want: ['a 1.0.0', 'z 2.0.0'],
    },
  ]);
});

describe('solver: cases of npm, ranges', () => {
  const versions = [
    '0.0.1',
    '0.0.2',
    '0.1.0',
    '0.1.5',
    '0.2.0',
    '1.0.0',
    '1.2.0',
    '1.2.9',
    '1.10.0',
    '2.0.0',
    '2.4.1',
    '3.0.0-rc.1',
    '3.5.0',
  ];
  const rows: (readonly [range: string, want: string | undefined])[] = [
    ['*', '3.5.0'],
    ['', '3.5.0'],
    ['1', '1.10.0'],
    ['1.2', '1.2.9'],
    ['1.2.x', '1.2.9'],
    ['~1.2.0', '1.2.9'],
    ['^1.2.0', '1.10.0'],
    ['^0.1', '0.1.5'],
    ['^0.0.1', '0.0.1'],
    ['~0.0.1', '0.0.2'],
    ['^0', '0.2.0'],
    ['1.0.0 - 2.0.0', '2.0.0'],
    ['1.0.0 - 2', '2.4.1'],
    ['<1', '0.2.0'],
    ['>1.2', '3.5.0'],
    ['>1.2 <2', '1.10.0'],
    ['<=1.2', '1.2.9'],
    ['>=1.3 <1.9', undefined],
    ['0.1 || 0.0.x || >=9', '0.1.5'],
    ['^1.2 || ^0.1 || 2.0.0', '2.0.0'],
    ['<0.1 || >0.1.5 <1 || >=1.0.1 <1.2.9', '1.2.0'],
    ['>=4 || <0.0.2', '0.0.1'],
    ['>=3.0.0-rc.0 <3.5.0', '3.0.0-rc.1'],
    ['3.0.0-rc.1 || 1.x', '3.0.0-rc.1'],
    ['=v1.2.0', '1.2.0'],
  ];
  for (const [range, want] of rows) {
    test(`solver: the range '${range}' selects ${want ?? 'no version'}`, () => {
      const { outcome } = solveCase({ universe: { a: bare(...versions) }, roots: [`a@${range}`] });
      assert.equal(outcome.solved ? outcome.packs[0]?.version : undefined, want);
    });
  }
});

describe('solver: hard cases', () => {
  for (const { title, from, universe, roots, want } of hardCases()) {
    test(`solver: hard case of ${from}: ${title}`, () => {
      const { outcome } = solveCase({ universe, roots });
      assert.equal(outcome.solved, want !== undefined);
      if (!outcome.solved) return;
      const found = new Map(outcome.packs.map(({ ref, version }) => [ref, version]));
      assert.deepEqual(
        Object.keys(want ?? {}).map((ref) => [ref, found.get(ref)]),
        Object.entries(want ?? {}),
      );
    });
  }

  test('hard cases: refs are distinct, so that the cases can share a registry', () => {
    const refs = hardCases().flatMap(({ universe }) => Object.keys(universe));
    assert.equal(new Set(refs).size, refs.length);
  });
});
