import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AttuneError } from '../../src/errors.ts';
import { type PackVersion, type PlanRoot, planInstall, type RegistryPack } from '../../src/resolver/plan.ts';
import type { Held } from '../../src/resolver/pubgrub/model/problem.ts';

/** By ref, the versions with what they need. A version that ends in `!` is yanked. */
type Registry = Record<string, Record<string, string[]>>;
interface Pack extends RegistryPack {
  readonly registry: string;
}

function packIn(registry: Registry, ref: string): Pack | undefined {
  const versions = Object.hasOwn(registry, ref) ? registry[ref] : undefined;
  if (!versions) return undefined;
  return {
    registry: 'test',
    versions: Object.entries(versions).map(
      ([version, dependencies]): PackVersion => ({
        version: version.replace('!', ''),
        dependencies,
        ...(version.endsWith('!') ? { yanked: 'broken' } : {}),
      }),
    ),
  };
}

interface Ask {
  registry?: Registry;
  /** `slack`, `slack@^1` from the registry; `slack 1.0.0 <- core, net@^1` given with what it needs. */
  ask: string[];
  installed?: Record<string, string>;
}

function rootOf(text: string, registry: Registry): PlanRoot<Pack> {
  const given = /^(\S+) (\S+)(?: <- (.*))?$/.exec(text);
  if (given) {
    const [, ref = '', version = '', needs] = given;
    return { kind: 'given', ref, version, dependencies: needs?.split(', ') ?? [] };
  }
  const [ref = '', range] = text.split(/@(.*)/);
  const pack = packIn(registry, ref);
  assert.ok(pack, `the test's registry has no ${ref}`);
  return { kind: 'registry', ref, range, pack };
}

/** What is installed, and stays so unless it is asked for. */
function heldOf(installed: Record<string, string>, roots: readonly PlanRoot<Pack>[]): ReadonlyMap<string, Held> {
  const held = (version: string): Held => ({ version, as: 'installed', firm: true, dependencies: [] });
  const others = Object.entries(installed).filter(([ref]) => !roots.some((root) => root.ref === ref));
  return new Map(others.map(([ref, version]) => [ref, held(version)]));
}

function plan({ registry = {}, ask, installed = {} }: Ask) {
  const lookups: string[] = [];
  const lookup = async (ref: string) => {
    lookups.push(ref);
    return packIn(registry, ref);
  };
  const roots = ask.map((text) => rootOf(text, registry));
  return planInstall<Pack>({ roots, held: heldOf(installed, roots), lookup }).then(({ steps }) => ({ steps, lookups }));
}

const planned = async (ask: Ask) => (await plan(ask)).steps.map(({ ref, version }) => `${ref} ${version}`);

async function refusal(ask: Ask): Promise<AttuneError> {
  try {
    await plan(ask);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('there should be no plan');
}

const SLACK: Registry = {
  slack: { '1.0.0': [], '1.4.0': [], '2.0.0': [], '2.1.0': [], '2.2.0!': [], '3.0.0-rc.1': [] },
};

describe('the version of what was asked for', () => {
  const rows: { claim: string; ask: string; want: string }[] = [
    { claim: 'is the highest release', ask: 'slack', want: 'slack 2.1.0' },
    { claim: 'is the highest in the range', ask: 'slack@^1', want: 'slack 1.4.0' },
    { claim: 'has its missing parts free, as npm has it', ask: 'slack@1', want: 'slack 1.4.0' },
    { claim: 'is the one that is named', ask: 'slack@1.0.0', want: 'slack 1.0.0' },
    { claim: 'is a prerelease where one is named', ask: 'slack@^3.0.0-rc', want: 'slack 3.0.0-rc.1' },
    { claim: 'is not a prerelease otherwise', ask: 'slack@>=2', want: 'slack 2.1.0' },
    { claim: 'is not yanked', ask: 'slack@^2', want: 'slack 2.1.0' },
    { claim: 'is its own where it was given', ask: 'slack 9.9.9-dev', want: 'slack 9.9.9-dev' },
  ];
  for (const { claim, ask, want } of rows) {
    test(claim, async () => assert.deepEqual(await planned({ registry: SLACK, ask: [ask] }), [want]));
  }
});

describe('a version that there is not', () => {
  const available = 'available: 3.0.0-rc.1, 2.2.0 (yanked: broken), 2.1.0, 2.0.0, 1.4.0, 1.0.0';
  const rows: { claim: string; ask: string; want: string }[] = [
    { claim: 'in the range', ask: 'slack@^4', want: `No version of 'slack' matches '^4'; ${available}.` },
    { claim: 'because it is yanked', ask: 'slack@2.2.0', want: `No version of 'slack' matches '2.2.0'; ${available}.` },
    {
      claim: 'because it is a prerelease',
      ask: 'slack@>=3',
      want: `No version of 'slack' matches '>=3'; ${available}.`,
    },
    {
      claim: 'because there is no release',
      ask: 'young',
      want: "No version of 'young' is a release; available: 0.1.0-alpha.",
    },
  ];
  for (const { claim, ask, want } of rows) {
    test(claim, async () => {
      const error = await refusal({ registry: { ...SLACK, young: { '0.1.0-alpha': [] } }, ask: [ask] });
      assert.equal(error.code, 'NOT_FOUND_VERSION');
      assert.equal(error.message, want);
    });
  }

  test('is told for all packs at once, before anything is looked up', async () => {
    const error = await refusal({
      registry: SLACK,
      ask: ['slack@^4', 'other 1.0.0 <- missing', 'slack@^5'].slice(0, 2),
    });
    assert.equal(error.code, 'NOT_FOUND_VERSION');
    const two = await refusal({ registry: { a: { '1.0.0': [] }, b: { '1.0.0': [] } }, ask: ['a@2', 'b@3'] });
    assert.equal(two.message.split('\n').length, 2);
    assert.deepEqual(two.facts['packs'], [
      { ref: 'a', range: '2', available: ['1.0.0'] },
      { ref: 'b', range: '3', available: ['1.0.0'] },
    ]);
  });

  test('lists the newest of many', async () => {
    const versions = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`1.${at}.0`, []]));
    const { message } = await refusal({ registry: { a: versions }, ask: ['a@2'] });
    assert.match(message, /available: 1\.29\.0, 1\.28\.0, .*, 1\.10\.0 and 10 older\.$/);
  });

  test('a range that is none is no version', async () => {
    assert.equal((await refusal({ registry: SLACK, ask: ['slack@newest'] })).code, 'INVALID_CONSTRAINT');
  });
});

describe('what is needed', () => {
  const rows: ({ claim: string; want: string[] } & Ask)[] = [
    {
      claim: 'comes first',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [] } },
      ask: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'comes with what it needs',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } },
      ask: ['a'],
      want: ['c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'comes once',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } },
      ask: ['a', 'b'],
      want: ['c 1.0.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'comes for a pack from a path too',
      registry: { core: { '1.0.0': [] } },
      ask: ['mine 0.1.0 <- core'],
      want: ['core 1.0.0', 'mine 0.1.0'],
    },
    {
      claim: 'is the highest that is allowed',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '1.9.0': [], '2.0.0': [] } },
      ask: ['a'],
      want: ['b 1.9.0', 'a 1.0.0'],
    },
    {
      claim: 'has missing parts counted as zero',
      registry: { a: { '1.0.0': ['b@1.2'] }, b: { '1.2.0': [], '1.2.5': [] } },
      ask: ['a'],
      want: ['b 1.2.0', 'a 1.0.0'],
    },
    {
      claim: 'may be written without an @',
      registry: { a: { '1.0.0': ['b>=1,<3'] }, b: { '2.0.0': [], '3.0.0': [] } },
      ask: ['a'],
      want: ['b 2.0.0', 'a 1.0.0'],
    },
    {
      claim: 'is no prerelease',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [], '2.0.0-rc.1': [] } },
      ask: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'is a prerelease where one is asked for',
      registry: { a: { '1.0.0': ['b@^2.0.0-rc.1'] }, b: { '1.0.0': [], '2.0.0-rc.2': [] } },
      ask: ['a'],
      want: ['b 2.0.0-rc.2', 'a 1.0.0'],
    },
    {
      claim: 'is a prerelease where one asks for it and another for any',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c@^2.0.0-rc.1'] }, c: { '1.0.0': [], '2.0.0-rc.2': [] } },
      ask: ['a', 'b'],
      want: ['c 2.0.0-rc.2', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'is a prerelease where there is nothing else and a later demand names it',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c@^2.0.0-rc.1'] }, c: { '2.0.0-rc.2': [] } },
      ask: ['a', 'b'],
      want: ['c 2.0.0-rc.2', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'is not yanked',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [], '1.1.0!': [] } },
      ask: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'satisfies all that need it',
      registry: { a: { '1.0.0': ['c@>=1'] }, b: { '1.0.0': ['c@<2'] }, c: { '1.0.0': [], '1.5.0': [], '2.0.0': [] } },
      ask: ['a', 'b'],
      want: ['c 1.5.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      claim: 'stays as it is where it is installed and will do',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '1.9.0': [] } },
      ask: ['a'],
      installed: { b: '1.0.0' },
      want: ['a 1.0.0'],
    },
    {
      claim: 'stays as it is even as a prerelease where any will do',
      registry: { a: { '1.0.0': ['b'] } },
      ask: ['a'],
      installed: { b: '1.0.0-dev' },
      want: ['a 1.0.0'],
    },
    {
      claim: 'may be among what was asked for',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '2.0.0': [] } },
      ask: ['a', 'b@1'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      claim: 'may be what was given',
      registry: { a: { '1.0.0': ['b@^1'] } },
      ask: ['a', 'b 1.2.3'],
      want: ['b 1.2.3', 'a 1.0.0'],
    },
    {
      claim: 'replaces what is installed only where it was asked for',
      registry: { a: { '1.0.0': ['b@^2'] }, b: { '2.0.0': [] } },
      ask: ['a', 'b'],
      installed: { b: '1.0.0' },
      want: ['b 2.0.0', 'a 1.0.0'],
    },
    {
      claim: 'goes when the version that needed it goes',
      registry: { a: { '1.0.0': ['b@1.0.0'] }, b: { '2.0.0': ['c'], '1.0.0': [] }, c: { '1.0.0': [] } },
      ask: ['b 1.0.0', 'a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
  ];
  for (const { claim, want, ...ask } of rows) {
    test(claim, async () => assert.deepEqual(await planned(ask), want));
  }

  test('is asked for again when a later demand rules its version out', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['c', 'b'] },
      b: { '1.0.0': ['c@^1'] },
      c: { '1.0.0': [], '2.0.0': ['heavy'] },
      heavy: { '1.0.0': [] },
    };
    const { steps, lookups } = await plan({ registry, ask: ['a'] });
    assert.deepEqual(
      steps.map(({ ref, version }) => `${ref} ${version}`),
      ['c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    );
    assert.deepEqual(lookups.toSorted(), ['b', 'c']);
  });

  test('is not held against an installed pack once nobody needs it any more', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['b', 'c'] },
      b: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'] },
      c: { '1.0.0': ['b@^1'] },
    };
    assert.deepEqual(await planned({ registry, ask: ['a'], installed: { core: '1.0.0' } }), [
      'b 1.0.0',
      'c 1.0.0',
      'a 1.0.0',
    ]);
  });

  test('is told with who needs it and where it comes from', async () => {
    const registry: Registry = { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } };
    const { steps } = await plan({ registry, ask: ['a', 'mine 1.0.0 <- c'] });
    assert.deepEqual(
      steps.map(({ ref, requestedBy, root, kind }) => ({ ref, requestedBy, root, kind })),
      [
        { ref: 'c', requestedBy: 'mine', root: false, kind: 'registry' },
        { ref: 'b', requestedBy: 'a', root: false, kind: 'registry' },
        { ref: 'a', requestedBy: undefined, root: true, kind: 'registry' },
        { ref: 'mine', requestedBy: undefined, root: true, kind: 'given' },
      ],
    );
    const [step] = steps;
    assert.ok(step?.kind === 'registry');
    assert.equal(step.pack.registry, 'test');
    assert.deepEqual(step.release, { version: '1.0.0', dependencies: [] });
  });

  test('is looked up once', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['c', 'b'] },
      b: { '1.0.0': ['c@^1', 'x'] },
      c: { '1.0.0': ['x@1'] },
      x: { '1.0.0': [] },
    };
    const { lookups } = await plan({ registry, ask: ['a'] });
    assert.deepEqual(lookups.toSorted(), ['b', 'c', 'x']);
  });

  test('is not looked up where it is installed or asked for', async () => {
    const registry: Registry = { a: { '1.0.0': ['b', 'c'] }, c: { '1.0.0': [] } };
    assert.deepEqual((await plan({ registry, ask: ['a', 'c'], installed: { b: '1.0.0' } })).lookups, []);
  });

  test('stops the plan when it cannot be looked up', async () => {
    const roots: PlanRoot<Pack>[] = [{ kind: 'given', ref: 'a', version: '1.0.0', dependencies: ['b'] }];
    const lookup = () => Promise.reject(new AttuneError('NETWORK_TIMEOUT', 'down'));
    await assert.rejects(planInstall({ roots, held: new Map(), lookup }), { code: 'NETWORK_TIMEOUT' });
  });
});

describe('the order of what was asked for', () => {
  const none: Registry = {
    a: { '1.0.0': [] },
    b: { '1.0.0': ['lib'] },
    c: { '1.0.0': ['a'] },
    lib: { '1.0.0': ['a'] },
  };
  const rows: { claim: string; ask: string[]; want: string[] }[] = [
    { claim: 'is the order of the words', ask: ['c', 'a'], want: ['a', 'c'] },
    { claim: 'is kept where nothing speaks against it', ask: ['a', 'c'], want: ['a', 'c'] },
    { claim: 'gives way to what a needed pack needs', ask: ['b', 'a'], want: ['a', 'lib', 'b'] },
  ];
  for (const { claim, ask, want } of rows) {
    test(claim, async () =>
      assert.deepEqual(
        (await plan({ registry: none, ask })).steps.map(({ ref }) => ref),
        want,
      ),
    );
  }
});

const indented = (line: string) => (line === '' ? '' : `  ${line}`);

describe('what cannot be had', () => {
  const rows: ({ claim: string; want: string[] } & Ask)[] = [
    {
      claim: 'because no registry has it',
      ask: ['a 1.0.0 <- core'],
      want: [
        'Because a 1.0.0 needs core and no registry has core, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because no registry has it, whatever its range',
      ask: ['a 1.0.0 <- core@^1', 'b 1.0.0 <- core>=2'],
      want: [
        'Because a 1.0.0 needs core ^1 and no registry has core, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because no version will do',
      registry: { core: { '1.0.0': [], '2.0.0!': [] } },
      ask: ['a 1.0.0 <- core@^2'],
      want: [
        'Because a 1.0.0 needs core ^2 and no version of core satisfies ^2 (2.0.0 is yanked: broken), a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because two do not agree',
      registry: { core: { '1.0.0': [], '2.0.0': [] } },
      ask: ['a 1.0.0 <- core@^1', 'b 1.0.0 <- core@^2'],
      want: [
        'Because a 1.0.0 needs core ^1 and b 1.0.0 needs core ^2, a 1.0.0 and b 1.0.0 cannot be installed together.',
        'So, because you gave a 1.0.0 and b 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because there is no release',
      registry: { core: { '1.0.0-rc': [] } },
      ask: ['a 1.0.0 <- core'],
      want: [
        'Because a 1.0.0 needs core and only prereleases of core (1.0.0-rc) would do, which nobody asks for, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because another version is installed',
      registry: { core: { '2.0.0': [] } },
      ask: ['a 1.0.0 <- core@^2'],
      installed: { core: '1.0.0' },
      want: [
        'Because a 1.0.0 needs core ^2 and core 1.0.0 is installed, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because another version was given',
      ask: ['a 1.0.0 <- core@^2', 'core 1.0.0'],
      want: [
        'Because a 1.0.0 needs core ^2 and you gave core 1.0.0, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because another version was asked for',
      registry: { core: { '1.0.0': [], '2.0.0': [] } },
      ask: ['a 1.0.0 <- core@^2', 'core@1'],
      want: [
        'Because you asked for core 1 and a 1.0.0 needs core ^2, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
      ],
    },
    {
      claim: 'because it is no requirement',
      ask: ['a 1.0.0 <- Core!'],
      want: [
        "Because you gave a 1.0.0 and a 1.0.0 has needs that cannot be understood ('Core!' does not say which pack is needed), there is no solution.",
      ],
    },
    {
      claim: 'because its range is none',
      ask: ['a 1.0.0 <- core@newest'],
      want: [
        "Because you gave a 1.0.0 and a 1.0.0 has needs that cannot be understood ('newest' is not a version constraint: 'newest' does not begin with a comparator and a version), there is no solution.",
      ],
    },
    {
      claim: 'deep below',
      registry: { b: { '1.0.0': ['c'] }, c: { '3.0.0': ['d@^9'] } },
      ask: ['a 1.0.0 <- b'],
      want: [
        'Because a 1.0.0 needs b and b 1.0.0 needs c, a 1.0.0 needs c.',
        'And because c 3.0.0 needs d ^9, a 1.0.0 needs d ^9.',
        'So, because you gave a 1.0.0 and no registry has d, there is no solution.',
      ],
    },
    {
      claim: 'is told all at once, a circle too',
      registry: { x: { '1.0.0': ['y'] }, y: { '1.0.0': ['x'] } },
      ask: ['a 1.0.0 <- core@^2, net, x'],
      installed: { core: '1.0.0' },
      want: [
        'Because a 1.0.0 needs net and no registry has net, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
        '',
        'Because a 1.0.0 needs core ^2 and core 1.0.0 is installed, a 1.0.0 cannot be installed.',
        'So, because you gave a 1.0.0, there is no solution.',
        '',
        'x \u2192 y \u2192 x: they need each other in a circle.',
      ],
    },
  ];
  for (const { claim, want, ...ask } of rows) {
    test(claim, async () => {
      const error = await refusal(ask);
      assert.equal(error.code, 'DEPENDENCY_UNSATISFIED');
      assert.deepEqual(error.message.split('\n'), ['Pack dependencies cannot be satisfied:', ...want.map(indented)]);
    });
  }
});

describe('a circle', () => {
  const rows: ({ claim: string; want: string } & Ask)[] = [
    { claim: 'of one', registry: { a: { '1.0.0': ['a'] } }, ask: ['a'], want: 'a \u2192 a' },
    {
      claim: 'of two',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      ask: ['a'],
      want: 'a \u2192 b \u2192 a',
    },
    {
      claim: 'with a pack from a path',
      registry: { b: { '1.0.0': ['a'] } },
      ask: ['a 1.0.0 <- b'],
      want: 'a \u2192 b \u2192 a',
    },
  ];
  for (const { claim, want, ...ask } of rows) {
    test(`${claim} is named`, async () => {
      const error = await refusal(ask);
      assert.equal(error.code, 'DEPENDENCY_CYCLE');
      assert.equal(error.message, `Packs need each other in a circle:\n  ${want}`);
    });
  }

  test('is none where an installed pack closes it', async () => {
    const registry: Registry = { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } };
    assert.deepEqual(await planned({ registry, ask: ['a'], installed: { b: '1.0.0' } }), ['a 1.0.0']);
  });
});

describe('laws', () => {
  const refs = ['a', 'b', 'c', 'd'];
  const need = fc
    .tuple(fc.constantFrom(...refs), fc.constantFrom('', '@^1', '@<2', '@>=1.5', '@*'))
    .map(([ref, range]) => ref + range);
  const versions = fc.record(
    {
      '1.0.0': fc.array(need, { maxLength: 2 }),
      '1.5.0': fc.array(need, { maxLength: 2 }),
      '2.0.0': fc.array(need, { maxLength: 2 }),
    },
    { requiredKeys: ['1.0.0'] },
  );
  const registry = fc.record({ a: versions, b: versions, c: versions, d: versions });

  test('a plan has every ref once, in a version that exists, after all that it needs, and leaves no need open', async () => {
    const { parseRequirement } = await import('../../src/packs/requirement.ts');
    const { parseConstraint, satisfies } = await import('../../src/resolver/constraint.ts');
    await fc.assert(
      fc.asyncProperty(registry, fc.subarray(refs, { minLength: 1 }), async (packs, ask) => {
        let steps: Awaited<ReturnType<typeof plan>>['steps'];
        try {
          ({ steps } = await plan({ registry: packs as Registry, ask }));
        } catch (error) {
          assert.ok(error instanceof AttuneError && error.family === 'DEPENDENCY', String(error));
          return;
        }
        const chosen = new Map(steps.map(({ ref, version }, at) => [ref, { version, at }]));
        assert.equal(chosen.size, steps.length);
        for (const ref of ask) assert.ok(chosen.has(ref));
        for (const [at, step] of steps.entries()) {
          assert.ok(step.kind === 'registry');
          for (const text of step.release.dependencies) {
            const { ref, range } = parseRequirement(text);
            const other = chosen.get(ref);
            assert.ok(other && other.at < at);
            assert.ok(satisfies(other.version, parseConstraint(range)));
          }
        }
      }),
    );
  });
});

test('a chain of twenty thousand packs is planned', async () => {
  const registry: Registry = {};
  for (let at = 0; at < 20_000; at++) registry[`p${at}`] = { '1.0.0': at < 19_999 ? [`p${at + 1}`, 'p19999@^1'] : [] };
  const { steps } = await plan({ registry, ask: ['p0'] });
  assert.equal(steps.length, 20_000);
  assert.equal(steps[0]?.ref, 'p19999');
});
