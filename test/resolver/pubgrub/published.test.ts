/**
 * Cases that other resolvers publish as their tests, told anew with packs. Where attune has other rules (a yanked version
 * is only ever had by a lock, a range lets in prereleases as npm's do), the want is attune's and the claim says so.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hardCases } from '../../support/resolver/hard-cases.ts';
import { type Case, solveCase, told } from '../../support/resolver/universe.ts';

type Row = Case & { readonly claim: string; readonly want: readonly string[] | 'no solution' };

function check(rows: readonly Row[]): void {
  for (const { claim, want, ...one } of rows) {
    test(claim, () => {
      if (want === 'no solution') assert.equal(solveCase(one).outcome.solved, false);
      else assert.deepEqual(told(one), want);
    });
  }
}

const bare = (...versions: string[]) => Object.fromEntries(versions.map((version) => [version, []]));

describe('pub and poetry: graphs', () => {
  check([
    {
      claim: 'a diamond whose sides want other tips is solved by an older side',
      universe: {
        a: { '1.0.0': [], '2.0.0': ['c@^1'] },
        b: { '1.0.0': ['c@^2'], '2.0.0': ['c@^3'] },
        c: bare('1.0.0', '2.0.0', '3.0.0'),
      },
      ask: ['a', 'b'],
      want: ['a 1.0.0', 'c 3.0.0', 'b 2.0.0'],
    },
    {
      claim: 'of two that could give way, it is the one with more versions',
      universe: {
        a: { ...Object.fromEntries([1, 2, 3, 4].map((major) => [`${major}.0.0`, ['c']])), '5.0.0': ['c@1.0.0'] },
        b: { ...Object.fromEntries([1, 2, 3].map((major) => [`${major}.0.0`, ['c']])), '4.0.0': ['c@2.0.0'] },
        c: bare('1.0.0', '2.0.0'),
      },
      ask: ['a', 'b'],
      want: ['c 2.0.0', 'a 4.0.0', 'b 4.0.0'],
    },
    {
      claim: 'a pack whose newest version contradicts what was asked goes back alone',
      universe: {
        a: { '1.0.0': ['foo'], '2.0.0': ['foo@<1.0.0'] },
        foo: bare('2.0.0', '2.0.1', '2.0.2', '2.0.3', '2.0.4'),
      },
      ask: ['a', 'foo@>2.0.0'],
      want: ['foo 2.0.4', 'a 1.0.0'],
    },
    {
      claim: 'a pack that needs a version which is not there goes back, and its neighbour with more versions does not',
      universe: {
        a: { '1.0.0': ['c@1.0.0'], '2.0.0': ['c@2.0.0-nil'] },
        b: bare('1.0.0', '2.0.0', '3.0.0'),
        c: bare('1.0.0'),
      },
      ask: ['a', 'b'],
      want: ['b 3.0.0', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'what an abandoned version needed is not installed',
      universe: {
        a: { '1.0.0': [], '1.1.0': ['b', 'c@>9'] },
        b: { '1.0.0': ['d'] },
        c: bare('1.0.0'),
        d: bare('1.0.0'),
      },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
    {
      claim: 'two packs that want each other in the wrong versions have no solution',
      universe: {
        a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'] },
        b: { '1.0.0': ['a@2.0.0'], '2.0.0': ['a@1.0.0'] },
      },
      ask: ['a', 'b'],
      want: 'no solution',
    },
    {
      claim: 'a pack far below may send one far above back',
      universe: {
        top: { '1.0.0': ['left@^1'], '2.0.0': ['left@^2', 'right@^1'] },
        left: { '1.0.0': [], '2.0.0': ['deep@^2'] },
        right: { '1.0.0': ['wide@^1'] },
        wide: { '1.0.0': ['deep@^1'] },
        deep: bare('1.0.0', '2.0.0'),
      },
      ask: ['top'],
      want: ['left 1.0.0', 'top 1.0.0'],
    },
    {
      claim: 'two conflicts on two levels are both found a way around',
      universe: {
        a: { '1.0.0': ['x@^1', 'y@^1'], '2.0.0': ['x@^2', 'y@^1'], '3.0.0': ['x@^2', 'y@^2'] },
        x: { '1.0.0': [], '2.0.0': ['z@^2'] },
        y: { '1.0.0': ['z@^1 || ^2'], '2.0.0': ['z@^1'] },
        z: bare('1.0.0', '2.0.0'),
      },
      ask: ['a'],
      want: ['z 2.0.0', 'x 2.0.0', 'y 1.0.0', 'a 2.0.0'],
    },
  ]);
});

describe('pub and poetry: with a lock', () => {
  const universe = {
    foo: { '1.0.0': ['bar@1.0.0'], '1.0.1': ['bar@1.0.1'], '1.0.2': ['bar@1.0.2'] },
    bar: bare('1.0.0', '1.0.1', '1.0.2'),
  };
  check([
    {
      claim: 'what is locked and fits is taken',
      universe,
      ask: ['foo'],
      held: { foo: '1.0.1 locked' },
      want: ['bar 1.0.1', 'foo 1.0.1'],
    },
    {
      claim: 'what is locked and does not fit is not',
      universe,
      ask: ['foo@>1.0.1'],
      held: { foo: '1.0.1 locked' },
      want: ['bar 1.0.2', 'foo 1.0.2'],
    },
    {
      claim: 'what is locked and needed by nobody stays away',
      universe: { ...universe, baz: bare('1.0.0') },
      ask: ['foo'],
      held: { baz: '1.0.0 locked' },
      want: ['bar 1.0.2', 'foo 1.0.2'],
    },
    {
      claim: 'only as much of a lock is given up as a new demand calls for',
      universe: {
        foo: { '1.0.0': ['bar@<2.0.0'], '2.0.0': ['bar@<3.0.0'] },
        bar: { '1.0.0': ['baz@<2.0.0'], '2.0.0': ['baz@<3.0.0'] },
        baz: { '1.0.0': ['qux@<2.0.0'], '2.0.0': ['qux@<3.0.0'] },
        qux: bare('1.0.0', '2.0.0'),
        newdep: { '2.0.0': ['baz@>=1.5.0'] },
      },
      ask: ['foo', 'newdep'],
      held: { foo: '2.0.0 locked', bar: '1.0.0 locked', baz: '1.0.0 locked', qux: '1.0.0 locked' },
      want: ['qux 1.0.0', 'baz 2.0.0', 'bar 2.0.0', 'foo 2.0.0', 'newdep 2.0.0'],
    },
    {
      claim: 'a locked version that is not there any more gives way',
      universe: { foo: bare('1.0.0') },
      ask: ['foo'],
      held: { foo: '1.1.0 locked' },
      want: ['foo 1.0.0'],
    },
  ]);
});

describe('packse: prereleases', () => {
  const range = '>=1.0.0-beta.1 <3.0.0';
  const wants = (need: string) => ({ '1.0.0': [need] });
  check([
    {
      claim: 'the bound of a range asks for one',
      universe: { a: bare('1.0.0-beta.1') },
      ask: [`a@${range}`],
      want: ['a 1.0.0-beta.1'],
    },
    {
      claim: 'and for later ones of the same release',
      universe: { a: bare('1.0.0-beta.1', '1.0.0-beta.2') },
      ask: [`a@${range}`],
      want: ['a 1.0.0-beta.2'],
    },
    {
      claim: 'but not for those of another, by the rule of npm',
      universe: { a: bare('1.0.0-beta.1', '2.0.0-beta.1') },
      ask: [`a@${range}`],
      want: ['a 1.0.0-beta.1'],
    },
    {
      claim: 'a pack two levels down may ask for one',
      universe: { a: wants('b==1.0.0-beta.1'), b: bare('1.0.0-beta.1') },
      ask: ['a'],
      want: ['b 1.0.0-beta.1', 'a 1.0.0'],
    },
    {
      claim: 'who does not name one does not get it for another that does',
      universe: { a: wants('c==2.0.0-beta.1'), b: wants('c>=1.0.0,<=3.0.0'), c: bare('1.0.0', '2.0.0-beta.1') },
      ask: ['a', 'b'],
      want: 'no solution',
    },
    {
      claim: 'a release is better than a newer prerelease',
      universe: { a: bare('1.0.0', '2.0.0-beta.1') },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
    {
      claim: 'below a bound are not the prereleases of the bound',
      universe: { a: bare('0.1.0', '0.2.0-alpha.1', '0.2.0') },
      ask: ['a@<0.2.0'],
      want: ['a 0.1.0'],
    },
    {
      claim: 'that alone fit are had by no range that names none',
      universe: { a: bare('0.1.0', '1.0.0-alpha.1') },
      ask: ['a@>0.1.0'],
      want: 'no solution',
    },
    {
      claim: 'many betas are ordered by number and not by letter',
      universe: { a: bare('1.0.0-beta.2', '1.0.0-beta.10', '1.0.0-beta.9', '1.0.0-alpha.99') },
      ask: ['a@^1.0.0-alpha.1'],
      want: ['a 1.0.0-beta.10'],
    },
  ]);
});

describe('packse: yanked versions', () => {
  check([
    { claim: 'give way to an older one', universe: { a: bare('0.1.0', '1.0.0!') }, ask: ['a'], want: ['a 0.1.0'] },
    {
      claim: 'give way to the newest that is not',
      universe: { a: bare('0.1.0', '0.2.0!', '0.3.0', '1.0.0!') },
      ask: ['a@>=0.1.0'],
      want: ['a 0.3.0'],
    },
    {
      claim: 'are not had where there is no other (only a lock has them)',
      universe: { a: bare('1.0.0!') },
      ask: ['a'],
      want: 'no solution',
    },
    {
      claim: 'are not had by a range that lets in no other',
      universe: { a: { '0.1.0': ['b@>0.1'] }, b: bare('0.1.0', '1.0.0!') },
      ask: ['a'],
      want: 'no solution',
    },
    {
      claim: 'are not had by name (only a lock has them)',
      universe: { a: bare('0.1.0', '1.0.0!') },
      ask: ['a@1.0.0'],
      want: 'no solution',
    },
    {
      claim: 'are had by a lock, for who needs them too',
      universe: { a: { '1.0.0': ['c@2.0.0'] }, b: { '1.0.0': ['c>=1.0.0,<=3.0.0'] }, c: bare('1.0.0', '2.0.0!') },
      ask: ['a', 'b'],
      held: { c: '2.0.0 locked' },
      want: ['c 2.0.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'make an older version of what needs them be taken',
      universe: { a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] }, b: bare('1.0.0', '2.0.0!') },
      ask: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
  ]);
});

describe('packse: versions that are ruled out', () => {
  const b = bare('1.0.0', '2.0.0', '3.0.0');
  check([
    { claim: 'the only one there is', universe: { a: bare('1.0.0') }, ask: ['a@<1 || >1'], want: 'no solution' },
    {
      claim: 'the only one whose needs fit',
      universe: { a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'], '3.0.0': ['b@3.0.0'] }, b },
      ask: ['a@<2 || >=2.0.1', 'b@^2'],
      want: 'no solution',
    },
    {
      claim: 'all that would fit, by another pack, but for one at the edge',
      universe: {
        a: { '1.0.0': ['b@1.0.0'], '2.0.0': ['b@2.0.0'], '2.1.0': ['b@2.0.0'], '3.0.0': ['b@3.0.0'] },
        b,
        c: { '1.0.0': ['a@<=2.0.0'], '2.0.0': ['a@>=3.0.0'] },
      },
      ask: ['a', 'b@^2', 'c'],
      want: ['b 2.0.0', 'a 2.0.0', 'c 1.0.0'],
    },
    {
      claim: 'a need of a pack that is nowhere, in every version but the oldest',
      universe: { a: { '1.0.0': ['b'], '2.0.0': ['b', 'gone'], '3.0.0': ['gone@^9', 'b'] }, b },
      ask: ['a'],
      want: ['b 3.0.0', 'a 1.0.0'],
    },
  ]);
});

describe('cargo: what a search that skips too much would miss', () => {
  check([
    {
      claim: 'one sibling decides whether what another needs can be had',
      universe: {
        a: { '1.0.0': ['b@^1', 'c@^1', 'd@>=1.0.100'] },
        b: { '1.0.0': ['c@>=1.0.0'], '1.0.1': ['c@>=1.0.1'] },
        c: { '1.0.0': ['d@^1'], '1.0.1': ['d@>=1.0.1,<1.0.100'], '1.0.2': ['d@>=1.0.2,<1.0.100'] },
        d: bare('1.0.0', '1.0.1', '1.0.2', '1.0.100', '1.0.101', '1.0.105'),
      },
      ask: ['a'],
      want: ['d 1.0.105', 'c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'an older version that needs something else is not needed where the newer one will do',
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
      ask: ['g'],
      want: ['a 1.1.0', 'b 1.0.0', 'c 1.0.0', 'd 1.0.0', 'e 1.0.0', 'f 1.1.0', 'g 1.0.0'],
    },
    {
      claim: 'dead ends beside each other are left one by one',
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
      ask: ['i'],
      want: ['b 9.4.6', 'c 10.2.5', 'd 5.5.6', 'f 1.0.0', 'h 6.8.3', 'spare 8.0.1', 'e 4.7.8', 'i 1.0.0'],
    },
    {
      claim: 'a version that wants two things of one pack, of which one rules the other out, is left',
      universe: {
        spare: bare('3.0.3', '3.3.0', '3.3.1'),
        a: { '3.3.0': ['spare@3.0.3'], '3.3.2': ['spare@<=3.3.0'] },
        b: { '0.1.3': ['a@3.3.0'], '2.0.2': ['spare@3.3.0', 'a'], '2.3.3': ['spare@3.3.0', 'a@3.3.0'] },
      },
      ask: ['b'],
      want: ['spare 3.3.0', 'a 3.3.2', 'b 2.0.2'],
    },
  ]);
});

describe('bundler: conflicts of several packs', () => {
  check([
    {
      claim: 'three ranges with one version in common',
      universe: {
        a: { '1.0.0': ['z@>=1,<3'] },
        b: { '1.0.0': ['z@>=2,<4'] },
        c: { '1.0.0': ['z@!=2.0.0'] },
        z: bare('1.0.0', '2.0.0', '2.5.0', '3.0.0'),
      },
      ask: ['a', 'b', 'c'],
      want: ['z 2.5.0', 'a 1.0.0', 'b 1.0.0', 'c 1.0.0'],
    },
    {
      claim: 'three ranges of which each two have a version in common, and all three none',
      universe: {
        a: { '1.0.0': ['z@1 || 2.0.0'] },
        b: { '1.0.0': ['z@2.0.0 || 3.0.0'] },
        c: { '1.0.0': ['z@1 || 3.0.0'] },
        z: bare('1.0.0', '2.0.0', '3.0.0'),
      },
      ask: ['a', 'b', 'c'],
      want: 'no solution',
    },
    {
      claim: 'what an orphan needed no longer counts once it is one',
      universe: {
        a: { '1.0.0': [], '2.0.0': ['b', 'c@^2'] },
        b: { '1.0.0': ['z@^1'] },
        c: { '1.0.0': [], '2.0.0': ['d@^1'] },
        d: { '1.0.0': ['gone'] },
        z: bare('1.0.0', '2.0.0'),
      },
      ask: ['a', 'z'],
      want: ['a 1.0.0', 'z 2.0.0'],
    },
  ]);
});

describe('npm: what a range chooses', () => {
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
    test(`'${range}' chooses ${want ?? 'nothing'}`, () => {
      const { outcome } = solveCase({ universe: { a: bare(...versions) }, ask: [`a@${range}`] });
      assert.equal(outcome.solved ? outcome.packs[0]?.version : undefined, want);
    });
  }
});

describe('the hard cases', () => {
  for (const { claim, from, universe, ask, want } of hardCases()) {
    test(`${claim} (${from})`, () => {
      const { outcome } = solveCase({ universe, ask });
      assert.equal(outcome.solved, want !== undefined);
      if (!outcome.solved) return;
      const found = new Map(outcome.packs.map(({ ref, version }) => [ref, version]));
      assert.deepEqual(
        Object.keys(want ?? {}).map((ref) => [ref, found.get(ref)]),
        Object.entries(want ?? {}),
      );
    });
  }

  test('have refs of their own each, so that they can be one registry', () => {
    const refs = hardCases().flatMap(({ universe }) => Object.keys(universe));
    assert.equal(new Set(refs).size, refs.length);
  });
});
