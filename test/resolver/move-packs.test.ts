import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import compare from 'semver/functions/compare.js';
import { AttuneError } from '../../src/errors.ts';
import { parseRequirement } from '../../src/packs/requirement.ts';
import { parseConstraint, satisfies } from '../../src/resolver/constraint.ts';
import { eligibleVersions } from '../../src/resolver/eligible-versions.ts';
import { type MovePlan, planMoves } from '../../src/resolver/move-packs.ts';
import { newCycles } from '../../src/resolver/new-cycles.ts';
import { planInstall, type RegistryPack } from '../../src/resolver/plan.ts';
import type { Held } from '../../src/resolver/pubgrub/model/problem.ts';

/** By ref, the versions with what they need. */
type Registry = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

interface Ask {
  readonly registry: Registry;
  readonly installed: Readonly<Record<string, string>>;
  /** In the order in which they get their best: `slack`, `slack@^2` for what must get there. */
  readonly move: readonly string[];
  readonly firm?: readonly string[];
}

function packIn(registry: Registry, ref: string): RegistryPack | undefined {
  const versions = Object.hasOwn(registry, ref) ? registry[ref] : undefined;
  if (!versions) return undefined;
  return { versions: Object.entries(versions).map(([version, dependencies]) => ({ version, dependencies })) };
}

function moves({ registry, installed, move, firm = [] }: Ask): Promise<MovePlan<RegistryPack>> {
  const held = new Map(
    Object.entries(installed).map(([ref, version]): [string, Held] => [
      ref,
      { version, as: 'installed', firm: firm.includes(ref), dependencies: registry[ref]?.[version] ?? [] },
    ]),
  );
  return planMoves({
    movers: move.map((text) => {
      const [ref = '', must] = text.split(/@(.*)/);
      const pack = packIn(registry, ref)!;
      const range = must ?? `>=${installed[ref]}`;
      const candidates = eligibleVersions(pack.versions, { range }).map(({ version }) => version);
      return { ref, pack, must, asked: true, candidates: candidates.filter((one) => one !== installed[ref]) };
    }),
    kept: Object.keys(installed),
    held,
    lookup: async (ref) => packIn(registry, ref),
  });
}

const planned = async (ask: Ask) => (await moves(ask)).steps.map(({ ref, version }) => `${ref} ${version}`);

const APPS: Registry = {
  core: { '1.0.0': [], '1.4.0': [], '2.0.0': [] },
  slack: { '1.0.0': ['core@^1'], '1.1.0': ['core@^1'], '2.0.0': ['core@^2'] },
  jira: { '1.0.0': ['core@^1'], '2.0.0': ['core@>=1'] },
  net: { '1.0.0': [], '2.0.0': ['extra'] },
  extra: { '1.0.0': [] },
  greedy: { '1.0.0': ['core'], '2.0.0': ['core@<2'] },
};

describe('packs that move', () => {
  const rows: ({ claim: string; want: string[] } & Omit<Ask, 'registry'>)[] = [
    { claim: 'none', installed: { core: '1.0.0' }, move: [], want: [] },
    { claim: 'to their best', installed: { core: '1.0.0' }, move: ['core'], want: ['core 2.0.0'] },
    { claim: 'no further where they are there', installed: { core: '2.0.0' }, move: ['core'], want: [] },
    {
      claim: 'with what they come to need',
      installed: { net: '1.0.0' },
      move: ['net'],
      want: ['extra 1.0.0', 'net 2.0.0'],
    },
    {
      claim: 'with what has to move for it',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      want: ['core 2.0.0', 'slack 2.0.0'],
    },
    {
      claim: 'not for what may stay',
      installed: { core: '1.0.0', jira: '1.0.0' },
      move: ['jira'],
      want: ['jira 2.0.0'],
    },
    {
      claim: 'as far as the range of one that stays lets them',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['core'],
      firm: ['slack'],
      want: ['core 1.4.0'],
    },
    {
      claim: 'to the second best where the best needs what is firm to move',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      firm: ['core'],
      want: ['slack 1.1.0'],
    },
    {
      claim: 'so that the first gets its best, and the second what that leaves: the one way',
      installed: { core: '1.0.0', greedy: '1.0.0' },
      move: ['greedy', 'core'],
      want: ['core 1.4.0', 'greedy 2.0.0'],
    },
    {
      claim: 'so that the first gets its best, and the second what that leaves: the other way',
      installed: { core: '1.0.0', greedy: '1.0.0' },
      move: ['core', 'greedy'],
      want: ['core 2.0.0'],
    },
    {
      claim: 'where they must, also back',
      installed: { core: '2.0.0', slack: '2.0.0' },
      move: ['slack@^1', 'core@1'],
      want: ['core 1.4.0', 'slack 1.1.0'],
    },
    {
      claim: 'where they must before others move where they may',
      installed: { core: '1.0.0', slack: '1.0.0', greedy: '1.0.0' },
      move: ['greedy', 'slack@2'],
      want: ['core 2.0.0', 'slack 2.0.0'],
    },
  ];
  for (const { claim, want, ...ask } of rows) {
    test(claim, async () => assert.deepEqual((await planned({ registry: APPS, ...ask })).toSorted(), want));
  }

  test('tell why they do not get their best', async () => {
    const { heldBack } = await moves({
      registry: APPS,
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      firm: ['core'],
    });
    assert.deepEqual([...heldBack.keys()], ['slack']);
    assert.match(heldBack.get('slack')?.message ?? '', /slack 2\.0\.0 needs core \^2 and core 1\.0\.0 is installed/);
  });

  test('and must not, are refused with the reason', async () => {
    const ask: Ask = {
      registry: APPS,
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack@2'],
      firm: ['core'],
    };
    await assert.rejects(moves(ask), { code: 'DEPENDENCY_UNSATISFIED' });
  });

  test('take nothing back with them', async () => {
    const ask: Ask = { registry: APPS, installed: { core: '2.0.0', slack: '2.0.0' }, move: ['slack@^1'] };
    await assert.rejects(moves(ask), { code: 'DEPENDENCY_UNSATISFIED' });
  });

  test('do not move into a circle', async () => {
    const registry: Registry = { a: { '1.0.0': [], '2.0.0': ['b'] }, b: { '1.0.0': ['a'] } };
    const { steps, heldBack } = await moves({ registry, installed: { a: '1.0.0' }, move: ['a'] });
    assert.deepEqual(steps, []);
    assert.equal(heldBack.get('a')?.code, 'DEPENDENCY_CYCLE');
  });
});

describe('packs in a circle that stands already', () => {
  const free: Registry = { a: { '1.0.0': ['b'], '1.1.0': ['b'] }, b: { '1.0.0': ['a'], '1.1.0': ['a'] } };
  const bound: Registry = { a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] }, b: { '1.0.0': ['a@^1'], '2.0.0': ['a@^2'] } };
  const opened: Registry = {
    a: { '1.0.0': ['b'], '2.0.0': ['b', 'c'] },
    b: { '1.0.0': ['a'], '2.0.0': [] },
    c: { '1.0.0': ['b'] },
  };
  const rows: ({ claim: string; want: string[] } & Ask)[] = [
    { claim: 'move alone', registry: free, installed: { a: '1.0.0', b: '1.0.0' }, move: ['a'], want: ['a 1.1.0'] },
    {
      claim: 'move together where they must',
      registry: bound,
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: ['a 2.0.0', 'b 2.0.0'],
    },
    {
      claim: 'move in one go, though the first only can once the second did',
      registry: opened,
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: ['a 2.0.0', 'b 2.0.0', 'c 1.0.0'],
    },
    {
      claim: 'do not draw another pack into it',
      registry: { ...opened, b: { '1.0.0': ['a'] } },
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: [],
    },
  ];
  for (const { claim, want, ...ask } of rows) {
    test(claim, async () => assert.deepEqual((await planned(ask)).toSorted(), want));
  }

  test('are told of a new circle by its refs, once', () => {
    const standing = new Map([
      ['a', ['b']],
      ['b', ['a']],
    ]);
    const needs = new Map([
      ['a', ['b', 'c']],
      ['b', ['a']],
      ['c', ['b']],
    ]);
    assert.deepEqual(newCycles(needs, standing), [['a', 'c', 'b', 'a']]);
    assert.deepEqual(newCycles(standing, standing), []);
    assert.deepEqual(newCycles(new Map([['x', ['x']]]), standing), [['x', 'x']]);
  });
});

describe('laws', () => {
  const refs = ['a', 'b', 'c', 'd'];
  const ranges = fc.constantFrom('', '@^1', '@<2', '@>=1.5', '@*');

  /** @param reach the packs that one may need */
  function universeOf(reach: (ref: string) => readonly string[]) {
    const packOf = (ref: string) => {
      const need = fc.tuple(fc.constantFrom(...reach(ref), 'd'), ranges).map(([needed, range]) => needed + range);
      const needs = reach(ref).length === 0 ? fc.constant([]) : fc.array(need, { maxLength: 2 });
      return fc.record({ '1.0.0': needs, '1.5.0': needs, '2.0.0': needs }, { requiredKeys: ['1.0.0'] });
    };
    return fc.record({ a: packOf('a'), b: packOf('b'), c: packOf('c'), d: packOf('d') });
  }

  /** What is installed after the first releases of everything were, as far as they can be, circles and all. */
  async function begin(registry: Registry, wanted: readonly string[]): Promise<Record<string, string> | undefined> {
    const roots = wanted.map(
      (ref) => ({ kind: 'registry', ref, range: '1.0.0', pack: packIn(registry, ref)! }) as const,
    );
    const standing = new Map(refs.map((ref) => [ref, refs]));
    try {
      const { steps } = await planInstall({
        roots,
        held: new Map(),
        standing,
        lookup: async (ref) => packIn(registry, ref),
      });
      return Object.fromEntries(steps.map(({ ref, version }) => [ref, version]));
    } catch (error) {
      assert.ok(error instanceof AttuneError && error.family === 'DEPENDENCY', String(error));
      return undefined;
    }
  }

  async function check(registry: Registry, wanted: readonly string[]) {
    const installed = await begin(registry, wanted);
    if (!installed) return undefined;
    const move = Object.keys(installed);
    const { steps } = await moves({ registry, installed, move });
    const after = { ...installed, ...Object.fromEntries(steps.map(({ ref, version }) => [ref, version])) };
    for (const ref of move) assert.ok(compare(after[ref]!, installed[ref]!) >= 0);
    for (const [ref, version] of Object.entries(after)) {
      for (const text of registry[ref]![version]!) {
        const needed = parseRequirement(text);
        assert.ok(after[needed.ref] !== undefined);
        assert.ok(needed.range === '*' || satisfies(after[needed.ref]!, parseConstraint(needed.range)));
      }
    }
    return { installed: after, move };
  }

  const wanted = fc.subarray(refs, { minLength: 1 });

  test('nothing goes back, and nothing that is installed loses what it needs, circles or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        universeOf(() => refs),
        wanted,
        async (packs, asked) => void (await check(packs as Registry, asked)),
      ),
    );
  });

  // Circles are no conflict to the solver: with them what newly comes along may be in the way once and not a second time.
  test('doing it again does nothing where there are no circles', async () => {
    const below = (ref: string) => refs.slice(refs.indexOf(ref) + 1);
    await fc.assert(
      fc.asyncProperty(universeOf(below), wanted, async (packs, asked) => {
        const registry = packs as Registry;
        const after = await check(registry, asked);
        if (after) assert.deepEqual((await moves({ registry, ...after })).steps, []);
      }),
    );
  });
});
