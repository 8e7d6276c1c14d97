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
import type { HeldVersion } from '../../src/resolver/pubgrub/model/problem.ts';

/** The dependencies by ref and version. */
type Registry = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

interface Request {
  readonly registry: Registry;
  readonly installed: Readonly<Record<string, string>>;
  /** The packs to move in order of precedence: `slack`, or `slack@^2` with a required range. */
  readonly move: readonly string[];
  /** The refs whose installed version is required. */
  readonly required?: readonly string[];
}

function packIn(registry: Registry, ref: string): RegistryPack | undefined {
  const versions = Object.hasOwn(registry, ref) ? registry[ref] : undefined;
  if (!versions) return undefined;
  return { versions: Object.entries(versions).map(([version, dependencies]) => ({ version, dependencies })) };
}

function moves({ registry, installed, move, required = [] }: Request): Promise<MovePlan<RegistryPack>> {
  const held = new Map(
    Object.entries(installed).map(([ref, version]): [string, HeldVersion] => [
      ref,
      {
        version,
        reason: 'installed',
        required: required.includes(ref),
        dependencies: registry[ref]?.[version] ?? [],
      },
    ]),
  );
  return planMoves({
    movers: move.map((text) => {
      const [ref = '', requiredRange] = text.split(/@(.*)/);
      const pack = packIn(registry, ref)!;
      const range = requiredRange ?? `>=${installed[ref]}`;
      const candidates = eligibleVersions(pack.versions, { range })
        .map(({ version }) => version)
        .filter((one) => one !== installed[ref]);
      return { ref, pack, requiredRange, requested: true, candidates };
    }),
    installed: Object.keys(installed),
    held,
    lookup: async (ref) => packIn(registry, ref),
  });
}

const planned = async (request: Request) => (await moves(request)).steps.map(({ ref, version }) => `${ref} ${version}`);

const APPS: Registry = {
  core: { '1.0.0': [], '1.4.0': [], '2.0.0': [] },
  slack: { '1.0.0': ['core@^1'], '1.1.0': ['core@^1'], '2.0.0': ['core@^2'] },
  jira: { '1.0.0': ['core@^1'], '2.0.0': ['core@>=1'] },
  net: { '1.0.0': [], '2.0.0': ['extra'] },
  extra: { '1.0.0': [] },
  greedy: { '1.0.0': ['core'], '2.0.0': ['core@<2'] },
};

describe('planMoves', () => {
  const rows: ({ title: string; want: string[] } & Omit<Request, 'registry'>)[] = [
    { title: 'planMoves: without movers the plan is empty', installed: { core: '1.0.0' }, move: [], want: [] },
    {
      title: 'planMoves: a pack moves to its best version',
      installed: { core: '1.0.0' },
      move: ['core'],
      want: ['core 2.0.0'],
    },
    {
      title: 'planMoves: a pack at its best version does not move',
      installed: { core: '2.0.0' },
      move: ['core'],
      want: [],
    },
    {
      title: 'planMoves: new dependencies are installed',
      installed: { net: '1.0.0' },
      move: ['net'],
      want: ['extra 1.0.0', 'net 2.0.0'],
    },
    {
      title: 'planMoves: dependencies move if the new version requires it',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      want: ['core 2.0.0', 'slack 2.0.0'],
    },
    {
      title: 'planMoves: dependencies that still match do not move',
      installed: { core: '1.0.0', jira: '1.0.0' },
      move: ['jira'],
      want: ['jira 2.0.0'],
    },
    {
      title: 'planMoves: the range of a pack that stays limits the move',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['core'],
      required: ['slack'],
      want: ['core 1.4.0'],
    },
    {
      title: 'planMoves: the second best version is chosen if the best conflicts with a required version',
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      required: ['core'],
      want: ['slack 1.1.0'],
    },
    {
      title: 'planMoves: the first pack gets its best version, the second what remains',
      installed: { core: '1.0.0', greedy: '1.0.0' },
      move: ['greedy', 'core'],
      want: ['core 1.4.0', 'greedy 2.0.0'],
    },
    {
      title: 'planMoves: the order of the packs decides which gets its best version',
      installed: { core: '1.0.0', greedy: '1.0.0' },
      move: ['core', 'greedy'],
      want: ['core 2.0.0'],
    },
    {
      title: 'planMoves: required ranges can cause downgrades',
      installed: { core: '2.0.0', slack: '2.0.0' },
      move: ['slack@^1', 'core@1'],
      want: ['core 1.4.0', 'slack 1.1.0'],
    },
    {
      title: 'planMoves: required ranges take precedence over the order',
      installed: { core: '1.0.0', slack: '1.0.0', greedy: '1.0.0' },
      move: ['greedy', 'slack@2'],
      want: ['core 2.0.0', 'slack 2.0.0'],
    },
  ];
  for (const { title, want, ...request } of rows) {
    test(title, async () => assert.deepEqual((await planned({ registry: APPS, ...request })).toSorted(), want));
  }

  test('planMoves: heldBack explains why a pack does not get its best version', async () => {
    const { heldBack } = await moves({
      registry: APPS,
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack'],
      required: ['core'],
    });
    assert.deepEqual([...heldBack.keys()], ['slack']);
    assert.match(
      heldBack.get('slack')?.message ?? '',
      /slack 2\.0\.0 depends on core \^2 and core 1\.0\.0 is installed/,
    );
  });

  test('planMoves: an unreachable required range fails with DEPENDENCY_UNSATISFIED', async () => {
    const request: Request = {
      registry: APPS,
      installed: { core: '1.0.0', slack: '1.0.0' },
      move: ['slack@2'],
      required: ['core'],
    };
    await assert.rejects(moves(request), { code: 'DEPENDENCY_UNSATISFIED' });
  });

  test('planMoves: a required range does not downgrade other packs', async () => {
    const request: Request = { registry: APPS, installed: { core: '2.0.0', slack: '2.0.0' }, move: ['slack@^1'] };
    await assert.rejects(moves(request), { code: 'DEPENDENCY_UNSATISFIED' });
  });

  test('planMoves: a move that creates a dependency cycle is refused', async () => {
    const registry: Registry = { a: { '1.0.0': [], '2.0.0': ['b'] }, b: { '1.0.0': ['a'] } };
    const { steps, heldBack } = await moves({ registry, installed: { a: '1.0.0' }, move: ['a'] });
    assert.deepEqual(steps, []);
    assert.equal(heldBack.get('a')?.code, 'DEPENDENCY_CYCLE');
  });
});

describe('planMoves: existing cycles', () => {
  const free: Registry = { a: { '1.0.0': ['b'], '1.1.0': ['b'] }, b: { '1.0.0': ['a'], '1.1.0': ['a'] } };
  const bound: Registry = { a: { '1.0.0': ['b@^1'], '2.0.0': ['b@^2'] }, b: { '1.0.0': ['a@^1'], '2.0.0': ['a@^2'] } };
  const opened: Registry = {
    a: { '1.0.0': ['b'], '2.0.0': ['b', 'c'] },
    b: { '1.0.0': ['a'], '2.0.0': [] },
    c: { '1.0.0': ['b'] },
  };
  const rows: ({ title: string; want: string[] } & Request)[] = [
    {
      title: 'planMoves: a pack in a cycle moves alone',
      registry: free,
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a'],
      want: ['a 1.1.0'],
    },
    {
      title: 'planMoves: packs in a cycle move together if they have to',
      registry: bound,
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: ['a 2.0.0', 'b 2.0.0'],
    },
    {
      title: 'planMoves: packs in a cycle move in one plan even if the first depends on the second',
      registry: opened,
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: ['a 2.0.0', 'b 2.0.0', 'c 1.0.0'],
    },
    {
      title: 'planMoves: a move that draws another pack into a cycle is refused',
      registry: { ...opened, b: { '1.0.0': ['a'] } },
      installed: { a: '1.0.0', b: '1.0.0' },
      move: ['a', 'b'],
      want: [],
    },
  ];
  for (const { title, want, ...request } of rows) {
    test(title, async () => assert.deepEqual((await planned(request)).toSorted(), want));
  }

  test('newCycles: a new cycle is reported once', () => {
    const installed = new Map([
      ['a', ['b']],
      ['b', ['a']],
    ]);
    const planned = new Map([
      ['a', ['b', 'c']],
      ['b', ['a']],
      ['c', ['b']],
    ]);
    assert.deepEqual(newCycles(planned, installed), [['a', 'c', 'b', 'a']]);
    assert.deepEqual(newCycles(installed, installed), []);
    assert.deepEqual(newCycles(new Map([['x', ['x']]]), installed), [['x', 'x']]);
  });
});

describe('planMoves: properties', () => {
  const refs = ['a', 'b', 'c', 'd'];
  const ranges = fc.constantFrom('', '@^1', '@<2', '@>=1.5', '@*');

  /** @param allowed returns the packs that a pack may depend on */
  function universeOf(allowed: (ref: string) => readonly string[]) {
    const packOf = (ref: string) => {
      const dependency = fc.tuple(fc.constantFrom(...allowed(ref), 'd'), ranges).map((parts) => parts.join(''));
      const dependencies = allowed(ref).length === 0 ? fc.constant([]) : fc.array(dependency, { maxLength: 2 });
      const versions = { '1.0.0': dependencies, '1.5.0': dependencies, '2.0.0': dependencies };
      return fc.record(versions, { requiredKeys: ['1.0.0'] });
    };
    return fc.record({ a: packOf('a'), b: packOf('b'), c: packOf('c'), d: packOf('d') });
  }

  /** Returns the installed versions after an installation of first releases, including cycles; `undefined` if it fails. */
  async function installFirst(
    registry: Registry,
    requested: readonly string[],
  ): Promise<Record<string, string> | undefined> {
    const roots = requested.map(
      (ref) => ({ kind: 'registry', ref, range: '1.0.0', pack: packIn(registry, ref)! }) as const,
    );
    const installed = new Map(refs.map((ref) => [ref, refs]));
    try {
      const { steps } = await planInstall({
        roots,
        held: new Map(),
        installed,
        lookup: async (ref) => packIn(registry, ref),
      });
      return Object.fromEntries(steps.map(({ ref, version }) => [ref, version]));
    } catch (error) {
      assert.ok(error instanceof AttuneError && error.family === 'DEPENDENCY', String(error));
      return undefined;
    }
  }

  async function check(registry: Registry, requested: readonly string[]) {
    const installed = await installFirst(registry, requested);
    if (!installed) return undefined;
    const move = Object.keys(installed);
    const { steps } = await moves({ registry, installed, move });
    const after = { ...installed, ...Object.fromEntries(steps.map(({ ref, version }) => [ref, version])) };
    for (const ref of move) assert.ok(compare(after[ref]!, installed[ref]!) >= 0);
    for (const [ref, version] of Object.entries(after)) {
      for (const text of registry[ref]![version]!) {
        const dependency = parseRequirement(text);
        assert.ok(after[dependency.ref] !== undefined);
        assert.ok(dependency.range === '*' || satisfies(after[dependency.ref]!, parseConstraint(dependency.range)));
      }
    }
    return { installed: after, move };
  }

  const requestedRefs = fc.subarray(refs, { minLength: 1 });

  test('planMoves: no pack is downgraded and all dependencies stay satisfied, with and without cycles', async () => {
    await fc.assert(
      fc.asyncProperty(
        universeOf(() => refs),
        requestedRefs,
        async (packs, requested) => void (await check(packs as Registry, requested)),
      ),
    );
  });

  // The solver ignores cycles: with them, a new dependency may prevent a move the first time and not the second time.
  test('planMoves: a second run changes nothing if there are no cycles', async () => {
    const below = (ref: string) => refs.slice(refs.indexOf(ref) + 1);
    await fc.assert(
      fc.asyncProperty(universeOf(below), requestedRefs, async (packs, requested) => {
        const registry = packs as Registry;
        const after = await check(registry, requested);
        if (after) assert.deepEqual((await moves({ registry, ...after })).steps, []);
      }),
    );
  });
});
