import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolve } from '../../../src/resolver/pubgrub/resolve.ts';
import { resolveHarness, resolverHarness } from '../../bench/lookup/resolver-bench.ts';
import {
  type Case,
  candidatesOf,
  problemOf,
  solveCase,
  TODAY,
  told,
  type Universe,
} from '../../support/resolver/universe.ts';

type Row = Case & { readonly claim: string; readonly want: readonly string[] };

function check(rows: readonly Row[]): void {
  for (const { claim, want, ...one } of rows) test(claim, () => assert.deepEqual(told(one), want));
}

const daysAgo = (days: number) => new Date(TODAY.getTime() - days * 86_400_000);

describe('without conflict', () => {
  check([
    { claim: 'nothing asked for is nothing to do', ask: [], want: [] },
    {
      claim: 'a pack without needs comes alone',
      universe: { a: { '1.0.0': [] }, b: { '1.0.0': [] } },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
    {
      claim: 'what is needed comes first, ties by name',
      universe: { a: { '1.0.0': ['z', 'b'] }, z: { '1.0.0': [] }, b: { '1.0.0': [] } },
      ask: ['a'],
      want: ['b 1.0.0', 'z 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'a tree is resolved to its leaves',
      universe: {
        a: { '1.0.0': ['aa@1.0.0', 'ab@1.0.0'] },
        aa: { '1.0.0': [] },
        ab: { '1.0.0': ['abc'] },
        abc: { '1.0.0': [] },
      },
      ask: ['a'],
      want: ['aa 1.0.0', 'abc 1.0.0', 'ab 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'ranges that overlap are met in their overlap',
      universe: {
        a: { '1.0.0': ['shared>=2.0.0,<4.0.0'] },
        b: { '1.0.0': ['shared>=3.0.0,<5.0.0'] },
        shared: { '2.0.0': [], '3.0.0': [], '3.6.9': [], '4.0.0': [], '5.0.0': [] },
      },
      ask: ['a', 'b'],
      want: ['shared 3.6.9', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'a shared version that another demand lowers brings older needs with it',
      universe: {
        foo: { '1.0.0': [], '1.0.1': ['bang@1.0.0'], '1.0.2': ['whoop@1.0.0'], '1.0.3': ['zoop@1.0.0'] },
        bar: { '1.0.0': ['foo<=1.0.1'] },
        bang: { '1.0.0': [] },
        whoop: { '1.0.0': [] },
        zoop: { '1.0.0': [] },
      },
      ask: ['foo@<=1.0.2', 'bar'],
      want: ['bang 1.0.0', 'foo 1.0.1', 'bar 1.0.0'],
    },
    {
      claim: 'a diamond has one tip',
      universe: {
        top: { '1.0.0': ['left', 'right'] },
        left: { '1.0.0': ['tip@^1'] },
        right: { '1.0.0': ['tip@>=1.1'] },
        tip: { '1.0.0': [], '1.1.0': [], '1.9.0': [], '2.0.0': [] },
      },
      ask: ['top'],
      want: ['tip 1.9.0', 'left 1.0.0', 'right 1.0.0', 'top 1.0.0'],
    },
    {
      claim: 'alternatives of a range are all looked at, the highest first',
      universe: { a: { '1.0.0': ['b@^1 || ^3'] }, b: { '1.0.0': [], '2.0.0': [], '3.1.0': [], '4.0.0': [] } },
      ask: ['a'],
      want: ['b 3.1.0', 'a 1.0.0'],
    },
    {
      claim: 'two needs of one pack on another both hold',
      universe: { a: { '1.0.0': ['b@>=1.1', 'b@<2'] }, b: { '1.0.0': [], '1.5.0': [], '2.0.0': [] } },
      ask: ['a'],
      want: ['b 1.5.0', 'a 1.0.0'],
    },
    {
      claim: 'builds of one version are one version, of which the highest is taken',
      universe: { a: { '1.0.0+1': [], '1.0.0+3': [], '1.0.0+2': [] } },
      ask: ['a@1.0.0'],
      want: ['a 1.0.0+3'],
    },
    {
      claim: 'a yanked build gives way to one that is not',
      universe: { a: { '1.0.0+1': [], '1.0.0+3!': [] } },
      ask: ['a'],
      want: ['a 1.0.0+1'],
    },
    {
      claim: 'what is listed as a version and is none is passed over',
      universe: { a: { latest: [], '1.0': [], '1.0.0': [] } },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
    {
      claim: 'a pack may need what is given',
      universe: { b: { '9.0.0': [] } },
      ask: ['a 0.1.0 <- b@^1', 'b 1.2.3'],
      want: ['b 1.2.3', 'a 0.1.0'],
    },
  ]);
});

describe('going back', () => {
  const chainOf = (versions: readonly string[], needs: (version: string) => string[]) =>
    Object.fromEntries(versions.map((version) => [version, needs(version)]));

  check([
    {
      claim: 'a conflict is foreseen where the newest version contradicts what is known',
      universe: { foo: { '1.0.0': [], '2.0.0': ['bar@^2'] }, bar: { '1.0.0': [], '2.0.0': [] } },
      ask: ['foo', 'bar@1.0.0'],
      want: ['bar 1.0.0', 'foo 1.0.0'],
    },
    {
      claim: 'a decision is taken back when it turns out to be the reason',
      universe: { foo: { '1.0.0': [], '2.0.0': ['bar@^1'] }, bar: { '1.0.0': ['foo@^1'] } },
      ask: ['foo@>=1.0.0'],
      want: ['foo 1.0.0'],
    },
    {
      claim: 'two assignments together may be the reason (partial satisfier)',
      universe: {
        foo: { '1.0.0': [], '1.1.0': ['left@^1', 'right@^1'] },
        left: { '1.0.0': ['shared@>=1.0.0'] },
        right: { '1.0.0': ['shared@<2.0.0'] },
        shared: { '2.0.0': [], '1.0.0': ['target@^1'] },
        target: { '2.0.0': [], '1.0.0': [] },
      },
      ask: ['foo@^1', 'target@^2'],
      want: ['foo 1.0.0', 'target 2.0.0'],
    },
    {
      claim: 'the leaf goes back before the root does',
      universe: {
        a: { '1.0.0': ['b'], '2.0.0': ['b', 'c@^2'] },
        b: { '1.0.0': [], '2.0.0': ['c@1.0.0'] },
        c: { '1.0.0': [], '2.0.0': [] },
      },
      ask: ['a'],
      want: ['b 1.0.0', 'c 2.0.0', 'a 2.0.0'],
    },
    {
      claim: 'a version that only leads to disjoint demands is left for an older one',
      universe: {
        foo: { '1.0.0': ['bar@1.0.0'], '2.0.0': ['bar@2.0.0', 'shared@1.0.0'] },
        bar: { '1.0.0': ['shared@^2'], '2.0.0': ['shared@^2'] },
        shared: { '1.0.0': [], '2.0.0': [] },
      },
      ask: ['foo'],
      want: ['shared 2.0.0', 'bar 1.0.0', 'foo 1.0.0'],
    },
    {
      claim: 'the way back leads past packs that have nothing to do with it',
      universe: {
        a: chainOf(['1.0.0', '2.0.0'], (version) => [`c@${version}`, 'x']),
        b: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0'], () => []),
        x: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], () => ['b']),
        c: { '1.0.0': [], '2.0.0': ['none'] },
      },
      ask: ['a', 'b'],
      want: ['b 5.0.0', 'c 1.0.0', 'x 4.0.0', 'a 1.0.0'],
    },
    {
      claim: 'a need that no registry can meet rules out the versions that have it',
      universe: { a: { '1.0.0': ['b'], '2.0.0': ['nowhere'] }, b: { '1.0.0': [] } },
      ask: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'a need that cannot be understood rules out the version that has it',
      universe: { a: { '1.0.0': [], '1.1.0': ['b@newest'], '1.2.0': ['B!'] } },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
    {
      claim: 'a pack with fewer versions is decided first, so that the other gives way',
      universe: {
        many: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0'], (version) => [`shared@<=${version}`]),
        few: { '1.0.0': ['shared@1.0.0'], '2.0.0': ['shared@2.0.0'] },
        shared: chainOf(['1.0.0', '2.0.0', '3.0.0'], () => []),
      },
      ask: ['many@<=2.0.0', 'few'],
      want: ['shared 2.0.0', 'few 2.0.0', 'many 2.0.0'],
    },
    {
      claim: 'older needs of an older version bring back what a newer one had ruled out',
      universe: {
        a: { '1.0.0': ['x@^1'], '2.0.0': ['y@^1'] },
        x: { '1.0.0': ['z@1.0.0'] },
        y: { '1.0.0': ['z@2.0.0'] },
        z: { '1.0.0': [], '2.0.0': ['gone'] },
      },
      ask: ['a'],
      want: ['z 1.0.0', 'x 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'versions that fail here and there leave the ones between them',
      universe: {
        a: { '1.0.0': ['b@!=2.0.0'], '2.0.0': ['b@!=2.0.0'] },
        b: { '1.0.0': [], '2.0.0': [], '3.0.0': ['nowhere'] },
      },
      ask: ['a', 'b'],
      want: ['b 1.0.0', 'a 2.0.0'],
    },
    {
      claim: 'a chain of exact versions goes down step by step until it meets',
      universe: {
        a: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], (version) => [`b@${version}`]),
        b: chainOf(['1.0.0', '2.0.0', '3.0.0', '4.0.0'], (version) => [`c@${version}`]),
        c: chainOf(['1.0.0', '2.0.0'], () => []),
      },
      ask: ['a'],
      want: ['c 2.0.0', 'b 2.0.0', 'a 2.0.0'],
    },
    {
      claim: 'a pack that needs another version of itself cannot be chosen',
      universe: { a: { '1.0.0': [], '2.0.0': ['a@^1'] } },
      ask: ['a'],
      want: ['a 1.0.0'],
    },
  ]);
});

describe('traps that make a naive search go on for ever', () => {
  const digits = Array.from({ length: 10 }, (_, at) => at);
  const versions = (count: number, needs: (at: number) => string[]) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`1.0.${at}`, needs(at)]));

  test('many levels of many versions above a need that nobody meets', () => {
    const universe: Universe = Object.fromEntries([
      ...digits.map((level) => [`level${level}`, versions(50, () => [level < 9 ? `level${level + 1}` : 'nowhere'])]),
    ]);
    assert.equal(solveCase({ universe, ask: ['level0'] }).outcome.solved, false);
  });

  test('many packs in the way of a pair that does not go together', () => {
    const universe: Universe = {
      ...Object.fromEntries(digits.map((at) => [`noise${at}`, versions(30, () => [`noise${(at + 1) % 10}@*`])])),
      one: versions(20, () => ['core@1.0.0']),
      two: versions(20, (at) => [at === 0 ? 'core@1.0.0' : 'core@1.0.1']),
      core: versions(2, () => []),
    };
    const { outcome } = solveCase({ universe, ask: ['noise0', 'one', 'two'] });
    assert.ok(outcome.solved);
    const found = Object.fromEntries(outcome.packs.map(({ ref, version }) => [ref, version]));
    assert.deepEqual([found['one'], found['two'], found['core']], ['1.0.19', '1.0.0', '1.0.0']);
  });

  test('siblings that can only go down together', () => {
    const count = 30;
    const universe: Universe = {
      parent: versions(count, (at) => [`child@<=1.0.${at}`, `other@<=1.0.${at}`]),
      child: versions(count, (at) => [`other@1.0.${at}`]),
      other: versions(count, (at) => [at > 2 ? 'nowhere' : 'child']),
    };
    const { outcome } = solveCase({ universe, ask: ['parent'] });
    assert.ok(outcome.solved);
    assert.deepEqual(outcome.packs.map(({ version }) => version).sort(), ['1.0.2', '1.0.2', '1.0.29']);
    assert.deepEqual(outcome.cycles, [['child', 'other', 'child']]);
  });

  test('a conflict at the end of a long chain', () => {
    const length = 3000;
    const universe: Universe = Object.fromEntries(
      Array.from({ length }, (_, at) => [`p${at}`, { '1.0.0': [at < length - 1 ? `p${at + 1}` : 'end@2'] }]),
    );
    const lines = told({ universe: { ...universe, end: { '1.0.0': [], '2.0.0': [] } }, ask: ['p0', 'end@1'] });
    assert.equal(lines.length, 61);
    assert.match(lines[0]!, /^\(\d+ steps that lead to the following are left out\.\)$/);
    assert.match(lines.at(-1)!, /there is no solution\.$/);
  });

  for (const [difficulty, solved] of [
    ['plain', true],
    ['conflict', true],
    ['unsolvable', false],
  ] as const) {
    test(`two hundred packs with twenty versions each: ${difficulty}`, () => {
      const outcome = resolveHarness(resolverHarness(difficulty));
      assert.equal(outcome.solved, solved);
      if (outcome.solved) assert.equal(outcome.packs.length, 200);
    });
  }

  test('a search that is too long is given up', () => {
    const universe: Universe = {
      a: versions(40, (at) => [`b@1.0.${at}`]),
      b: versions(40, (at) => [`c@1.0.${at}`]),
      c: versions(1, () => []),
    };
    assert.ok(solveCase({ universe, ask: ['a'] }).outcome.solved);
    assert.throws(() => solveCase({ universe, ask: ['a'], policy: { maxConflicts: 3 } }), {
      code: 'DEPENDENCY_TOO_HARD',
      facts: { conflicts: 3 },
    });
  });
});

describe('prereleases', () => {
  const b = { '1.0.0': [], '2.0.0-rc.1': [], '2.0.0-rc.2': [] };
  check([
    { claim: 'are not chosen unasked', universe: { b }, ask: ['b'], want: ['b 1.0.0'] },
    { claim: 'are not chosen for a range that names none', universe: { b }, ask: ['b@>=1'], want: ['b 1.0.0'] },
    { claim: 'are chosen by name', universe: { b }, ask: ['b@2.0.0-rc.1'], want: ['b 2.0.0-rc.1'] },
    { claim: 'are chosen for a range that names one', universe: { b }, ask: ['b@^2.0.0-rc.1'], want: ['b 2.0.0-rc.2'] },
    {
      claim: 'give way to their release',
      universe: { b: { ...b, '2.0.0': [] } },
      ask: ['b@^2.0.0-rc.1'],
      want: ['b 2.0.0'],
    },
    {
      claim: 'of another version than the named one are not asked for',
      universe: { b: { ...b, '2.1.0-rc.1': [] } },
      ask: ['b@^2.0.0-rc.1'],
      want: ['b 2.0.0-rc.2'],
    },
    {
      claim: 'are chosen where a pack names one and others want any version',
      universe: { a: { '1.0.0': ['b'] }, c: { '1.0.0': ['b@^2.0.0-rc.1'] }, b },
      ask: ['a', 'c'],
      want: ['b 2.0.0-rc.2', 'a 1.0.0', 'c 1.0.0'],
    },
    {
      claim: 'are chosen where who names one comes up late, and there is nothing else',
      universe: {
        a: { '1.0.0': ['b'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['d'] },
        d: { '1.0.0': ['e'] },
        e: { '1.0.0': ['b@>=2.0.0-rc'] },
      },
      ask: ['a', 'c'],
      want: ['b 2.0.0-rc.1', 'a 1.0.0', 'e 1.0.0', 'd 1.0.0', 'c 1.0.0'],
    },
    {
      claim: 'make an older version of another pack be taken, if it is that which names one',
      universe: {
        a: { '1.0.0': ['b', 'c'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['b@2.0.0-rc.1'], '2.0.0': [] },
      },
      ask: ['a'],
      want: ['b 2.0.0-rc.1', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'make an older version be taken that needs the pack which names one',
      universe: {
        a: { '1.0.0': ['b', 'c'] },
        b: { '2.0.0-rc.1': [] },
        c: { '1.0.0': ['d'], '2.0.0': [], '3.0.0': [] },
        d: { '1.0.0': ['b@2.0.0-rc.1'] },
      },
      ask: ['a'],
      want: ['b 2.0.0-rc.1', 'd 1.0.0', 'c 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'do not ask for each other',
      universe: {
        a: { '1.0.0': ['b', 'c'], '0.9.0': [] },
        b: { '2.0.0-rc.1': ['c@1.0.0-rc.1'] },
        c: { '1.0.0-rc.1': ['b@2.0.0-rc.1'] },
      },
      ask: ['a'],
      want: ['a 0.9.0'],
    },
    {
      claim: 'that are given need no asking',
      universe: { a: { '1.0.0': ['b'] } },
      ask: ['a', 'b 3.0.0-dev'],
      want: ['b 3.0.0-dev', 'a 1.0.0'],
    },
    {
      claim: 'that are installed need no asking',
      universe: { a: { '1.0.0': ['b'] } },
      ask: ['a'],
      held: { b: '3.0.0-dev' },
      want: ['b 3.0.0-dev', 'a 1.0.0'],
    },
  ]);
});

describe('what is held', () => {
  const universe: Universe = {
    a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] },
    b: { '1.0.0': [], '1.5.0': [], '1.6.0!': [], '2.0.0': [] },
  };
  check([
    { claim: 'is taken before what is newer', universe, ask: ['b'], held: { b: '1.0.0' }, want: ['b 1.0.0'] },
    {
      claim: 'gives way where it will not do',
      universe,
      ask: ['a'],
      held: { b: '1.0.0' },
      want: ['b 2.0.0', 'a 2.0.0'],
    },
    {
      claim: 'does not give way where it is firm',
      universe,
      ask: ['a'],
      held: { b: '1.0.0 firm' },
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'may be yanked where it is locked',
      universe,
      ask: ['b@^1'],
      held: { b: '1.6.0 locked' },
      want: ['b 1.6.0'],
    },
    {
      claim: 'may be too young where it is locked',
      universe: { a: { '1.0.0': [], "1.1.0'": [] } },
      ask: ['a'],
      held: { a: '1.1.0 locked' },
      policy: { notAfter: daysAgo(7) },
      want: ['a 1.1.0'],
    },
    {
      claim: 'is no reason to install it',
      universe,
      ask: ['b@1.0.0'],
      held: { a: '1.0.0 locked' },
      want: ['b 1.0.0'],
    },
    { claim: 'stays where it is kept', universe, ask: ['b!'], held: { b: '1.5.0' }, want: ['b 1.5.0'] },
    {
      claim: 'moves where it is kept and another needs it to',
      universe,
      ask: ['b!', 'a@2'],
      held: { b: '1.5.0' },
      want: ['b 2.0.0', 'a 2.0.0'],
    },
  ]);

  test('is not asked for in a registry where it is at hand and will do', () => {
    assert.deepEqual(solveCase({ universe, ask: ['a@1'], held: { b: '1.0.0' } }).asked, ['a']);
    assert.deepEqual(solveCase({ universe, ask: ['a@2'], held: { b: '1.0.0 firm' } }).asked, ['a']);
    assert.deepEqual(solveCase({ universe, ask: ['a@2'], held: { b: '1.0.0' } }).asked, ['a', 'b']);
  });

  test('is told from what is fetched', () => {
    const { outcome } = solveCase({ universe, ask: ['a@1', 'c 1.0.0 <- a'], held: { b: '1.0.0' } });
    assert.ok(outcome.solved);
    assert.deepEqual(
      outcome.packs.map((pack) => [pack.ref, pack.from, pack.needs]),
      [
        ['b', 'held', []],
        ['a', 'registry', ['b']],
        ['c', 'given', ['a']],
      ],
    );
  });
});

describe('what is not chosen', () => {
  const a = { '1.0.0': [], '1.1.0!': [], "1.2.0'": [] };
  check([
    { claim: 'is yanked', universe: { a }, ask: ['a'], policy: { notAfter: daysAgo(7) }, want: ['a 1.0.0'] },
    { claim: 'is young, but only where there is a limit', universe: { a }, ask: ['a'], want: ['a 1.2.0'] },
    {
      claim: 'is excluded',
      universe: { a: { '1.0.0': ['b'], '0.9.0': [] }, b: { '1.0.0': [] } },
      ask: ['a'],
      policy: { excluded: new Map([['b', 'it is being removed']]) },
      want: ['a 0.9.0'],
    },
  ]);

  test('is not asked for where it is excluded', () => {
    const universe: Universe = { a: { '1.0.0': ['b'], '0.9.0': [] }, b: { '1.0.0': [] } };
    assert.deepEqual(solveCase({ universe, ask: ['a'], policy: { excluded: new Map([['b', 'x']]) } }).asked, ['a']);
  });
});

describe('circles', () => {
  const rows: (Case & { claim: string; want: string[][] })[] = [
    { claim: 'of one', universe: { a: { '1.0.0': ['a'] } }, ask: ['a'], want: [['a', 'a']] },
    {
      claim: 'of two, from where the user comes into it',
      universe: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      ask: ['b'],
      want: [['b', 'a', 'b']],
    },
    {
      claim: 'of a given pack',
      universe: { b: { '1.0.0': ['a'] } },
      ask: ['a 1.0.0 <- b'],
      want: [['a', 'b', 'a']],
    },
    {
      claim: 'that an installed pack would close are none',
      universe: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      ask: ['a'],
      held: { b: '1.0.0' },
      want: [],
    },
  ];
  for (const { claim, want, ...one } of rows) {
    test(`${claim} are told`, () => assert.deepEqual(solveCase(one).outcome.cycles, want));
  }

  test('do not keep the versions from being chosen', () => {
    const universe: Universe = { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': ['a@^1'], '2.0.0': [] } };
    const { outcome } = solveCase({ universe, ask: ['a'] });
    assert.ok(outcome.solved);
    assert.deepEqual(outcome.cycles, [['a', 'b', 'a']]);
    assert.deepEqual(told({ universe, ask: ['a'] }), ['a 1.0.0', 'b 1.0.0']);
  });
});

describe('what is missing, where it is left out', () => {
  test('is listed with who needs it', () => {
    const universe: Universe = { a: { '1.0.0': ['gone@^1', 'b'] }, b: { '1.0.0': ['gone@^2', 'lost'] } };
    const { outcome } = solveCase({ universe, ask: ['a'], policy: { leaveMissing: true } });
    assert.ok(outcome.solved);
    assert.deepEqual(
      outcome.packs.map(({ ref, needs }) => [ref, needs]),
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

  test('does not hide other reasons', () => {
    const universe: Universe = { a: { '1.0.0': ['gone', 'b@2'] }, b: { '1.0.0': [] } };
    const { outcome } = solveCase({ universe, ask: ['a'], policy: { leaveMissing: true } });
    assert.ok(!outcome.solved);
    assert.deepEqual(
      outcome.conflicts.map(({ about }) => about),
      [['b']],
    );
  });
});

describe('asking', () => {
  test('waits for registries and takes what they throw', async () => {
    const universe: Universe = { a: { '1.0.0': ['b'] }, b: { '1.0.0': [] } };
    const problem = problemOf({ ask: ['a'] });
    const outcome = await resolve(problem, async (ref) => candidatesOf(universe, ref));
    assert.ok(outcome.solved);
    const down = new Error('down');
    await assert.rejects(
      resolve(problem, async () => Promise.reject(down)),
      down,
    );
  });

  test('gives back the candidate that it was given', () => {
    const { outcome } = solveCase({ universe: { a: { '1.0.0+7': [] } }, ask: ['a'] });
    assert.ok(outcome.solved && outcome.packs[0]?.from === 'registry');
    assert.deepEqual([outcome.packs[0].version, outcome.packs[0].candidate.version], ['1.0.0+7', '1.0.0+7']);
  });

  test('a range of the user that is none is told as such', () => {
    assert.throws(() => solveCase({ ask: ['a@newest'] }), { code: 'INVALID_CONSTRAINT' });
  });

  test('a pack with a name of JavaScript is a pack', () => {
    const universe = JSON.parse('{"constructor": {"1.0.0": ["__proto__x"]}}') as Universe;
    assert.equal(solveCase({ universe, ask: ['constructor'] }).outcome.solved, false);
    assert.deepEqual(
      told({ universe: { constructor: { '1.0.0': [] } } as unknown as Universe, ask: ['constructor'] }),
      ['constructor 1.0.0'],
    );
  });
});
