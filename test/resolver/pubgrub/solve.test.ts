import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolve } from '../../../src/resolver/pubgrub/resolve.ts';
import { resolveHarness, resolverHarness } from '../../bench/lookup/resolver-bench.ts';
import {
  type Case,
  candidatesOf,
  outcomeLines,
  problemOf,
  solveCase,
  TODAY,
  type Universe,
} from '../../support/resolver/universe.ts';

type Row = Case & { readonly title: string; readonly want: readonly string[] };

function check(rows: readonly Row[]): void {
  for (const { title, want, ...one } of rows) test(`solver: ${title}`, () => assert.deepEqual(outcomeLines(one), want));
}

const daysAgo = (days: number) => new Date(TODAY.getTime() - days * 86_400_000);

describe('solver: problems without conflicts', () => {
  check([
    { title: 'no root gives an empty solution', roots: [], want: [] },
    {
      title: 'a pack without dependencies is selected alone',
      universe: { a: { '1.0.0': [] }, b: { '1.0.0': [] } },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
    {
      title: 'dependencies come first, sorted by ref',
      universe: { a: { '1.0.0': ['z', 'b'] }, z: { '1.0.0': [] }, b: { '1.0.0': [] } },
      roots: ['a'],
      want: ['b 1.0.0', 'z 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'transitive dependencies are selected',
      universe: {
        a: { '1.0.0': ['aa@1.0.0', 'ab@1.0.0'] },
        aa: { '1.0.0': [] },
        ab: { '1.0.0': ['abc'] },
        abc: { '1.0.0': [] },
      },
      roots: ['a'],
      want: ['aa 1.0.0', 'abc 1.0.0', 'ab 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'overlapping ranges select a version in the overlap',
      universe: {
        a: { '1.0.0': ['shared>=2.0.0,<4.0.0'] },
        b: { '1.0.0': ['shared>=3.0.0,<5.0.0'] },
        shared: { '2.0.0': [], '3.0.0': [], '3.6.9': [], '4.0.0': [], '5.0.0': [] },
      },
      roots: ['a', 'b'],
      want: ['shared 3.6.9', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'a lower version of a shared dependency has its own dependencies',
      universe: {
        foo: { '1.0.0': [], '1.0.1': ['bang@1.0.0'], '1.0.2': ['whoop@1.0.0'], '1.0.3': ['zoop@1.0.0'] },
        bar: { '1.0.0': ['foo<=1.0.1'] },
        bang: { '1.0.0': [] },
        whoop: { '1.0.0': [] },
        zoop: { '1.0.0': [] },
      },
      roots: ['foo@<=1.0.2', 'bar'],
      want: ['bang 1.0.0', 'foo 1.0.1', 'bar 1.0.0'],
    },
    {
      title: 'a diamond dependency is selected once',
      universe: {
        top: { '1.0.0': ['left', 'right'] },
        left: { '1.0.0': ['tip@^1'] },
        right: { '1.0.0': ['tip@>=1.1'] },
        tip: { '1.0.0': [], '1.1.0': [], '1.9.0': [], '2.0.0': [] },
      },
      roots: ['top'],
      want: ['tip 1.9.0', 'left 1.0.0', 'right 1.0.0', 'top 1.0.0'],
    },
    {
      title: 'the highest version of all alternatives of a range is selected',
      universe: { a: { '1.0.0': ['b@^1 || ^3'] }, b: { '1.0.0': [], '2.0.0': [], '3.1.0': [], '4.0.0': [] } },
      roots: ['a'],
      want: ['b 3.1.0', 'a 1.0.0'],
    },
    {
      title: 'two dependencies of one pack on another both apply',
      universe: { a: { '1.0.0': ['b@>=1.1', 'b@<2'] }, b: { '1.0.0': [], '1.5.0': [], '2.0.0': [] } },
      roots: ['a'],
      want: ['b 1.5.0', 'a 1.0.0'],
    },
    {
      title: 'of several builds of a version, the highest is selected',
      universe: { a: { '1.0.0+1': [], '1.0.0+3': [], '1.0.0+2': [] } },
      roots: ['a@1.0.0'],
      want: ['a 1.0.0+3'],
    },
    {
      title: 'of several builds of a version, one that is not yanked is selected',
      universe: { a: { '1.0.0+1': [], '1.0.0+3!': [] } },
      roots: ['a'],
      want: ['a 1.0.0+1'],
    },
    {
      title: 'of several builds of an exact version, one that is not yanked is selected',
      universe: { a: { '1.0.0+1': [], '1.0.0+3!': [] } },
      roots: ['a@1.0.0'],
      want: ['a 1.0.0+1'],
    },
    {
      title: 'a yanked version that a root requests exactly is selected for all packs',
      universe: { a: { '1.0.0!': [], '1.1.0': [] }, b: { '1.0.0': ['a@^1'] } },
      roots: ['a@=1.0.0', 'b'],
      want: ['a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'invalid versions are ignored',
      universe: { a: { latest: [], '1.0': [], '1.0.0': [] } },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
    {
      title: 'a given pack satisfies a dependency',
      universe: { b: { '9.0.0': [] } },
      roots: ['a 0.1.0 <- b@^1', 'b 1.2.3'],
      want: ['b 1.2.3', 'a 0.1.0'],
    },
  ]);
});

describe('solver: backtracking', () => {
  const chainOf = (versions: readonly string[], dependencies: (version: string) => string[]) =>
    Object.fromEntries(versions.map((version) => [version, dependencies(version)]));

  check([
    {
      title: 'a version whose dependencies contradict the solution is not decided',
      universe: { foo: { '1.0.0': [], '2.0.0': ['bar@^2'] }, bar: { '1.0.0': [], '2.0.0': [] } },
      roots: ['foo', 'bar@1.0.0'],
      want: ['bar 1.0.0', 'foo 1.0.0'],
    },
    {
      title: 'a decision that causes a conflict is undone',
      universe: { foo: { '1.0.0': [], '2.0.0': ['bar@^1'] }, bar: { '1.0.0': ['foo@^1'] } },
      roots: ['foo@>=1.0.0'],
      want: ['foo 1.0.0'],
    },
    {
      title: 'two assignments together cause a conflict (partial satisfier)',
      universe: {
        foo: { '1.0.0': [], '1.1.0': ['left@^1', 'right@^1'] },
        left: { '1.0.0': ['shared@>=1.0.0'] },
        right: { '1.0.0': ['shared@<2.0.0'] },
        shared: { '2.0.0': [], '1.0.0': ['target@^1'] },
        target: { '2.0.0': [], '1.0.0': [] },
      },
      roots: ['foo@^1', 'target@^2'],
      want: ['foo 1.0.0', 'target 2.0.0'],
    },
    {
      title: 'the version of a dependency is lowered before that of its dependent',
      universe: {
        a: { '1.0.0': ['b'], '2.0.0': ['b', 'c@^2'] },
        b: { '1.0.0': [], '2.0.0': ['c@1.0.0'] },
        c: { '1.0.0': [], '2.0.0': [] },
      },
      roots: ['a'],
      want: ['b 1.0.0', 'c 2.0.0', 'a 2.0.0'],
    },
    {
      title: 'a version that leads to disjoint ranges is replaced by an older one',
      universe: {
        foo: { '1.0.0': ['bar@1.0.0'], '2.0.0': ['bar@2.0.0', 'shared@1.0.0'] },
        bar: { '1.0.0': ['shared@^2'], '2.0.0': ['shared@^2'] },
        shared: { '1.0.0': [], '2.0.0': [] },
      },
      roots: ['foo'],
      want: ['shared 2.0.0', 'bar 1.0.0', 'foo 1.0.0'],
    },
    {
      title: 'backtracking skips unrelated packs',
      universe: {
        a: chainOf(['1.0.0', '2.0.0'], (version) => [`c@${version}`, 'x']),
        b: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0'], () => []),
        x: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], () => ['b']),
        c: { '1.0.0': [], '2.0.0': ['none'] },
      },
      roots: ['a', 'b'],
      want: ['b 5.0.0', 'c 1.0.0', 'x 4.0.0', 'a 1.0.0'],
    },
    {
      title: 'versions with a missing dependency are excluded',
      universe: { a: { '1.0.0': ['b'], '2.0.0': ['nowhere'] }, b: { '1.0.0': [] } },
      roots: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'versions with an unparsable dependency are excluded',
      universe: { a: { '1.0.0': [], '1.1.0': ['b@newest'], '1.2.0': ['B!'] } },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
    {
      title: 'a pack with fewer versions is decided first',
      universe: {
        many: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0'], (version) => [`shared@<=${version}`]),
        few: { '1.0.0': ['shared@1.0.0'], '2.0.0': ['shared@2.0.0'] },
        shared: chainOf(['1.0.0', '2.0.0', '3.0.0'], () => []),
      },
      roots: ['many@<=2.0.0', 'few'],
      want: ['shared 2.0.0', 'few 2.0.0', 'many 2.0.0'],
    },
    {
      title: 'an older version allows versions that a newer one had excluded',
      universe: {
        a: { '1.0.0': ['x@^1'], '2.0.0': ['y@^1'] },
        x: { '1.0.0': ['z@1.0.0'] },
        y: { '1.0.0': ['z@2.0.0'] },
        z: { '1.0.0': [], '2.0.0': ['gone'] },
      },
      roots: ['a'],
      want: ['z 1.0.0', 'x 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'versions between excluded ones are selected',
      universe: {
        a: { '1.0.0': ['b@!=2.0.0'], '2.0.0': ['b@!=2.0.0'] },
        b: { '1.0.0': [], '2.0.0': [], '3.0.0': ['nowhere'] },
      },
      roots: ['a', 'b'],
      want: ['b 1.0.0', 'a 2.0.0'],
    },
    {
      title: 'a chain of exact versions is lowered step by step',
      universe: {
        a: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], (version) => [`b@${version}`]),
        b: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], (version) => [`c@${version}`]),
        c: chainOf(['1.0.0', '2.0.0'], () => []),
      },
      roots: ['a'],
      want: ['c 2.0.0', 'b 2.0.0', 'a 2.0.0'],
    },
    {
      title: 'a version that depends on another version of its own pack is not selected',
      universe: { a: { '1.0.0': [], '2.0.0': ['a@^1'] } },
      roots: ['a'],
      want: ['a 1.0.0'],
    },
  ]);
});

describe('solver: hard problems', () => {
  const digits = Array.from({ length: 10 }, (_, i) => i);
  const versions = (count: number, dependencies: (i: number) => string[]) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`1.0.${i}`, dependencies(i)]));

  test('solver: a missing dependency below many levels of many versions is found', () => {
    const universe: Universe = Object.fromEntries([
      ...digits.map((level) => [`level${level}`, versions(50, () => [level < 9 ? `level${level + 1}` : 'nowhere'])]),
    ]);
    assert.equal(solveCase({ universe, roots: ['level0'] }).outcome.solved, false);
  });

  test('solver: a conflict between two packs is found among many unrelated packs', () => {
    const universe: Universe = {
      ...Object.fromEntries(digits.map((i) => [`noise${i}`, versions(30, () => [`noise${(i + 1) % 10}@*`])])),
      one: versions(20, () => ['core@1.0.0']),
      two: versions(20, (i) => [i === 0 ? 'core@1.0.0' : 'core@1.0.1']),
      core: versions(2, () => []),
    };
    const { outcome } = solveCase({ universe, roots: ['noise0', 'one', 'two'] });
    assert.ok(outcome.solved);
    const found = Object.fromEntries(outcome.packs.map(({ ref, version }) => [ref, version]));
    assert.deepEqual([found['one'], found['two'], found['core']], ['1.0.19', '1.0.0', '1.0.0']);
  });

  test('solver: packs that have to be downgraded together are solved', () => {
    const count = 30;
    const universe: Universe = {
      parent: versions(count, (i) => [`child@<=1.0.${i}`, `other@<=1.0.${i}`]),
      child: versions(count, (i) => [`other@1.0.${i}`]),
      other: versions(count, (i) => [i > 2 ? 'nowhere' : 'child']),
    };
    const { outcome } = solveCase({ universe, roots: ['parent'] });
    assert.ok(outcome.solved);
    assert.deepEqual(outcome.packs.map(({ version }) => version).sort(), ['1.0.2', '1.0.2', '1.0.29']);
    assert.deepEqual(outcome.cycles, [['child', 'other', 'child']]);
  });

  test('explain: the explanation of a conflict at the end of a long chain is shortened', () => {
    const length = 3000;
    const universe: Universe = Object.fromEntries(
      Array.from({ length }, (_, i) => [`p${i}`, { '1.0.0': [i < length - 1 ? `p${i + 1}` : 'end@2'] }]),
    );
    const lines = outcomeLines({
      universe: { ...universe, end: { '1.0.0': [], '2.0.0': [] } },
      roots: ['p0', 'end@1'],
    });
    assert.equal(lines.length, 61);
    assert.match(lines[0]!, /^\(\d+ earlier steps are omitted\.\)$/);
    assert.match(lines.at(-1)!, /there is no solution\.$/);
  });

  for (const [difficulty, solved] of [
    ['plain', true],
    ['conflict', true],
    ['unsolvable', false],
  ] as const) {
    test(`solver: 200 packs with 20 versions each are ${solved ? 'solved' : 'refuted'} (${difficulty})`, () => {
      const outcome = resolveHarness(resolverHarness(difficulty));
      assert.equal(outcome.solved, solved);
      if (outcome.solved) assert.equal(outcome.packs.length, 200);
    });
  }

  test('solver: more conflicts than maxConflicts fail with DEPENDENCY_TOO_HARD', () => {
    const universe: Universe = {
      a: versions(40, (i) => [`b@1.0.${i}`]),
      b: versions(40, (i) => [`c@1.0.${i}`]),
      c: versions(1, () => []),
    };
    assert.ok(solveCase({ universe, roots: ['a'] }).outcome.solved);
    assert.throws(() => solveCase({ universe, roots: ['a'], policy: { maxConflicts: 3 } }), {
      code: 'DEPENDENCY_TOO_HARD',
      facts: { conflicts: 3 },
    });
  });
});

describe('solver: prereleases', () => {
  const b = { '1.0.0': [], '2.0.0-rc.1': [], '2.0.0-rc.2': [] };
  check([
    { title: 'a prerelease is not selected without a range', universe: { b }, roots: ['b'], want: ['b 1.0.0'] },
    {
      title: 'a prerelease is not selected for a range without a prerelease',
      universe: { b },
      roots: ['b@>=1'],
      want: ['b 1.0.0'],
    },
    {
      title: 'a prerelease is selected by its exact version',
      universe: { b },
      roots: ['b@2.0.0-rc.1'],
      want: ['b 2.0.0-rc.1'],
    },
    {
      title: 'a prerelease is selected for a range that names one',
      universe: { b },
      roots: ['b@^2.0.0-rc.1'],
      want: ['b 2.0.0-rc.2'],
    },
    {
      title: 'a release is preferred over its prereleases',
      universe: { b: { ...b, '2.0.0': [] } },
      roots: ['b@^2.0.0-rc.1'],
      want: ['b 2.0.0'],
    },
    {
      title: 'a prerelease of another version than the named one is not selected',
      universe: { b: { ...b, '2.1.0-rc.1': [] } },
      roots: ['b@^2.0.0-rc.1'],
      want: ['b 2.0.0-rc.2'],
    },
    {
      title: 'a prerelease that one dependency names satisfies others without a range',
      universe: { a: { '1.0.0': ['b'] }, c: { '1.0.0': ['b@^2.0.0-rc.1'] }, b },
      roots: ['a', 'c'],
      want: ['b 2.0.0-rc.2', 'a 1.0.0', 'c 1.0.0'],
    },
    {
      title: 'a prerelease is selected if a transitive dependency names it',
      universe: {
        a: { '1.0.0': ['b'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['d'] },
        d: { '1.0.0': ['e'] },
        e: { '1.0.0': ['b@>=2.0.0-rc'] },
      },
      roots: ['a', 'c'],
      want: ['b 2.0.0-rc.1', 'a 1.0.0', 'e 1.0.0', 'd 1.0.0', 'c 1.0.0'],
    },
    {
      title: 'an older version of a pack is selected if only it names a required prerelease',
      universe: {
        a: { '1.0.0': ['b', 'c'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['b@2.0.0-rc.1'], '2.0.0': [] },
      },
      roots: ['a'],
      want: ['b 2.0.0-rc.1', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'an older version is selected if only its dependency names a required prerelease',
      universe: {
        a: { '1.0.0': ['b', 'c'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['d'], '2.0.0': [], '3.0.0': [] },
        d: { '1.0.0': ['b@2.0.0-rc.1'] },
      },
      roots: ['a'],
      want: ['b 2.0.0-rc.1', 'd 1.0.0', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'prereleases that only name each other are not selected',
      universe: {
        a: { '1.0.0': ['b', 'c'], '0.9.0': [] },
        b: { '2.0.0-rc.1': ['c@1.0.0-rc.1'] },
        c: { '1.0.0-rc.1': ['b@2.0.0-rc.1'] },
      },
      roots: ['a'],
      want: ['a 0.9.0'],
    },
    {
      title: 'a given prerelease satisfies a dependency without a range',
      universe: { a: { '1.0.0': ['b'] } },
      roots: ['a', 'b 3.0.0-dev'],
      want: ['b 3.0.0-dev', 'a 1.0.0'],
    },
    {
      title: 'an installed prerelease satisfies a dependency without a range',
      universe: { a: { '1.0.0': ['b'] } },
      roots: ['a'],
      held: { b: '3.0.0-dev' },
      want: ['b 3.0.0-dev', 'a 1.0.0'],
    },
  ]);
});

describe('solver: held versions', () => {
  const universe: Universe = {
    a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] },
    b: { '1.0.0': [], '1.5.0': [], '1.6.0!': [], '2.0.0': [] },
  };
  check([
    {
      title: 'a held version is preferred over newer ones',
      universe,
      roots: ['b'],
      held: { b: '1.0.0' },
      want: ['b 1.0.0'],
    },
    {
      title: 'a held version that does not match is replaced',
      universe,
      roots: ['a'],
      held: { b: '1.0.0' },
      want: ['b 2.0.0', 'a 2.0.0'],
    },
    {
      title: 'a required held version is never replaced',
      universe,
      roots: ['a'],
      held: { b: '1.0.0 required' },
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'a locked version may be yanked',
      universe,
      roots: ['b@^1'],
      held: { b: '1.6.0 locked' },
      want: ['b 1.6.0'],
    },
    {
      title: 'a locked version may be too recent',
      universe: { a: { '1.0.0': [], "1.1.0'": [] } },
      roots: ['a'],
      held: { a: '1.1.0 locked' },
      policy: { notAfter: daysAgo(7) },
      want: ['a 1.1.0'],
    },
    {
      title: 'a held version is not selected unless it is required',
      universe,
      roots: ['b@1.0.0'],
      held: { a: '1.0.0 locked' },
      want: ['b 1.0.0'],
    },
    {
      title: 'an installed root keeps its held version',
      universe,
      roots: ['b!'],
      held: { b: '1.5.0' },
      want: ['b 1.5.0'],
    },
    {
      title: 'an installed root changes its version if a dependency requires it',
      universe,
      roots: ['b!', 'a@2'],
      held: { b: '1.5.0' },
      want: ['b 2.0.0', 'a 2.0.0'],
    },
  ]);

  test('solver: an installed version that matches is not looked up', () => {
    assert.deepEqual(solveCase({ universe, roots: ['a@1'], held: { b: '1.0.0' } }).lookups, ['a']);
    assert.deepEqual(solveCase({ universe, roots: ['a@2'], held: { b: '1.0.0 required' } }).lookups, ['a']);
    assert.deepEqual(solveCase({ universe, roots: ['a@2'], held: { b: '1.0.0' } }).lookups, ['a', 'b']);
  });

  test('solver: the outcome distinguishes installed, given and registry packs', () => {
    const { outcome } = solveCase({ universe, roots: ['a@1', 'c 1.0.0 <- a'], held: { b: '1.0.0' } });
    assert.ok(outcome.solved);
    assert.deepEqual(
      outcome.packs.map((pack) => [pack.ref, pack.from, pack.dependencies]),
      [
        ['b', 'installed', []],
        ['a', 'registry', ['b']],
        ['c', 'given', ['a']],
      ],
    );
  });
});

describe('solver: ineligible versions', () => {
  const a = { '1.0.0': [], '1.1.0!': [], "1.2.0'": [] };
  check([
    {
      title: 'a yanked version is not selected',
      universe: { a },
      roots: ['a'],
      policy: { notAfter: daysAgo(7) },
      want: ['a 1.0.0'],
    },
    { title: 'a recent version is selected without notAfter', universe: { a }, roots: ['a'], want: ['a 1.2.0'] },
    {
      title: 'an excluded pack is not selected',
      universe: { a: { '1.0.0': ['b'], '0.9.0': [] }, b: { '1.0.0': [] } },
      roots: ['a'],
      policy: { excluded: new Map([['b', 'it is being removed']]) },
      want: ['a 0.9.0'],
    },
  ]);

  test('solver: an excluded pack is not looked up', () => {
    const universe: Universe = { a: { '1.0.0': ['b'], '0.9.0': [] }, b: { '1.0.0': [] } };
    assert.deepEqual(solveCase({ universe, roots: ['a'], policy: { excluded: new Map([['b', 'x']]) } }).lookups, ['a']);
  });
});

describe('solver: dependency cycles', () => {
  const rows: (Case & { title: string; want: string[][] })[] = [
    { title: 'a pack that depends on itself', universe: { a: { '1.0.0': ['a'] } }, roots: ['a'], want: [['a', 'a']] },
    {
      title: 'two packs, starting at the root',
      universe: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      roots: ['b'],
      want: [['b', 'a', 'b']],
    },
    {
      title: 'a given pack',
      universe: { b: { '1.0.0': ['a'] } },
      roots: ['a 1.0.0 <- b'],
      want: [['a', 'b', 'a']],
    },
    {
      title: 'none for a cycle through an installed pack',
      universe: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      roots: ['a'],
      held: { b: '1.0.0' },
      want: [],
    },
  ];
  for (const { title, want, ...one } of rows) {
    test(`solver: reports the dependency cycle of ${title}`, () =>
      assert.deepEqual(solveCase(one).outcome.cycles, want));
  }

  test('solver: a cycle does not affect the choice of versions', () => {
    const universe: Universe = { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': ['a@^1'], '2.0.0': [] } };
    const { outcome } = solveCase({ universe, roots: ['a'] });
    assert.ok(outcome.solved);
    assert.deepEqual(outcome.cycles, [['a', 'b', 'a']]);
    assert.deepEqual(outcomeLines({ universe, roots: ['a'] }), ['a 1.0.0', 'b 1.0.0']);
  });
});

describe('solver: allowMissing', () => {
  test('solver: allowMissing lists missing packs with their dependents', () => {
    const universe: Universe = { a: { '1.0.0': ['gone@^1', 'b'] }, b: { '1.0.0': ['gone@^2', 'lost'] } };
    const { outcome } = solveCase({ universe, roots: ['a'], policy: { allowMissing: true } });
    assert.ok(outcome.solved);
    assert.deepEqual(
      outcome.packs.map(({ ref, dependencies }) => [ref, dependencies]),
      [
        ['b', []],
        ['a', ['b']],
      ],
    );
    assert.deepEqual(outcome.missing, [
      {
        ref: 'gone',
        neededBy: [
          { ref: 'a', version: '1.0.0', range: '^1' },
          { ref: 'b', version: '1.0.0', range: '^2' },
        ],
      },
      { ref: 'lost', neededBy: [{ ref: 'b', version: '1.0.0', range: undefined }] },
    ]);
  });

  test('solver: allowMissing does not hide other conflicts', () => {
    const universe: Universe = { a: { '1.0.0': ['gone', 'b@2'] }, b: { '1.0.0': [] } };
    const { outcome } = solveCase({ universe, roots: ['a'], policy: { allowMissing: true } });
    assert.ok(!outcome.solved);
    assert.deepEqual(
      outcome.conflicts.map(({ about }) => about),
      [['b']],
    );
  });
});

describe('resolve', () => {
  test('resolve: awaits lookups and rejects with their errors', async () => {
    const universe: Universe = { a: { '1.0.0': ['b'] }, b: { '1.0.0': [] } };
    const problem = problemOf({ roots: ['a'] });
    const outcome = await resolve(problem, async (ref) => candidatesOf(universe, ref));
    assert.ok(outcome.solved);
    const down = new Error('down');
    await assert.rejects(
      resolve(problem, async () => Promise.reject(down)),
      down,
    );
  });

  test('resolve: a long search returns to the event loop, so that a signal can end it', async (t) => {
    const refs = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const next = (index: number) => (index + 1 < refs.length ? [`p${index + 1}`] : []);
    const universe: Universe = Object.fromEntries(refs.map((ref, index) => [ref, { '1.0.0': next(index) }]));
    let turns = 0;
    let handle = setImmediate(function count() {
      turns += 1;
      handle = setImmediate(count);
    });
    t.after(() => clearImmediate(handle));
    let now = 0;
    t.mock.method(performance, 'now', () => (now += 1000));
    const outcome = await resolve(problemOf({ roots: ['p0'] }), async (ref) => candidatesOf(universe, ref));
    assert.ok(outcome.solved);
    assert.ok(turns >= refs.length, `${turns} turns`);
  });

  test('resolve: the outcome contains the candidate of the registry', () => {
    const { outcome } = solveCase({ universe: { a: { '1.0.0+7': [] } }, roots: ['a'] });
    assert.ok(outcome.solved && outcome.packs[0]?.from === 'registry');
    assert.deepEqual([outcome.packs[0].version, outcome.packs[0].candidate.version], ['1.0.0+7', '1.0.0+7']);
  });

  test('resolve: an invalid range of a root fails with INVALID_CONSTRAINT', () => {
    assert.throws(() => solveCase({ roots: ['a@newest'] }), { code: 'INVALID_CONSTRAINT' });
  });

  test('resolve: a ref may be the name of an inherited object property', () => {
    const universe = JSON.parse('{"constructor": {"1.0.0": ["__proto__x"]}}') as Universe;
    assert.equal(solveCase({ universe, roots: ['constructor'] }).outcome.solved, false);
    assert.deepEqual(
      outcomeLines({ universe: { constructor: { '1.0.0': [] } } as unknown as Universe, roots: ['constructor'] }),
      ['constructor 1.0.0'],
    );
  });
});
