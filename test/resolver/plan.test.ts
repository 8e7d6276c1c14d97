import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AttuneError } from '../../src/errors.ts';
import { type PackVersion, type PlanRoot, planInstall, type RegistryPack } from '../../src/resolver/plan.ts';
import type { HeldVersion } from '../../src/resolver/pubgrub/model/problem.ts';

/** The dependencies by ref and version. A version that ends in `!` is yanked. */
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

interface Request {
  registry?: Registry;
  /** `slack` or `slack@^1` from the registry; `slack 1.0.0 <- core, net@^1` is given with its dependencies. */
  requested: string[];
  installed?: Record<string, string>;
}

function rootOf(text: string, registry: Registry): PlanRoot<Pack> {
  const given = /^(\S+) (\S+)(?: <- (.*))?$/.exec(text);
  if (given) {
    const [, ref = '', version = '', dependencies] = given;
    return { kind: 'given', ref, version, dependencies: dependencies?.split(', ') ?? [] };
  }
  const [ref = '', range] = text.split(/@(.*)/);
  const pack = packIn(registry, ref);
  assert.ok(pack, `the test's registry has no ${ref}`);
  return { kind: 'registry', ref, range, pack };
}

/** Returns the versions of the installed packs that are not requested. */
function heldOf(installed: Record<string, string>, roots: readonly PlanRoot<Pack>[]): ReadonlyMap<string, HeldVersion> {
  const held = (version: string): HeldVersion => ({ version, reason: 'installed', required: true, dependencies: [] });
  const others = Object.entries(installed).filter(([ref]) => !roots.some((root) => root.ref === ref));
  return new Map(others.map(([ref, version]) => [ref, held(version)]));
}

function plan({ registry = {}, requested, installed = {} }: Request) {
  const lookups: string[] = [];
  const lookup = async (ref: string) => {
    lookups.push(ref);
    return packIn(registry, ref);
  };
  const roots = requested.map((text) => rootOf(text, registry));
  return planInstall<Pack>({ roots, held: heldOf(installed, roots), lookup }).then(({ steps }) => ({ steps, lookups }));
}

const planned = async (request: Request) => (await plan(request)).steps.map(({ ref, version }) => `${ref} ${version}`);

async function errorOf(request: Request): Promise<AttuneError> {
  try {
    await plan(request);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('there should be no plan');
}

const SLACK: Registry = {
  slack: { '1.0.0': [], '1.4.0': [], '2.0.0': [], '2.1.0': [], '2.2.0!': [], '3.0.0-rc.1': [] },
};

describe('planInstall: versions of roots', () => {
  const rows: { title: string; requested: string; want: string }[] = [
    { title: 'the highest release is chosen without a range', requested: 'slack', want: 'slack 2.1.0' },
    { title: 'the highest version in the range is chosen', requested: 'slack@^1', want: 'slack 1.4.0' },
    { title: 'missing parts of a range are wildcards', requested: 'slack@1', want: 'slack 1.4.0' },
    { title: 'an exact version is chosen', requested: 'slack@1.0.0', want: 'slack 1.0.0' },
    { title: 'a prerelease is chosen if the range names one', requested: 'slack@^3.0.0-rc', want: 'slack 3.0.0-rc.1' },
    { title: 'no prerelease is chosen otherwise', requested: 'slack@>=2', want: 'slack 2.1.0' },
    { title: 'a yanked version is not chosen', requested: 'slack@^2', want: 'slack 2.1.0' },
    { title: 'a yanked version is chosen if it is requested exactly', requested: 'slack@2.2.0', want: 'slack 2.2.0' },
    { title: 'a given version is used', requested: 'slack 9.9.9-dev', want: 'slack 9.9.9-dev' },
  ];
  for (const { title, requested, want } of rows) {
    test(`planInstall: ${title}`, async () =>
      assert.deepEqual(await planned({ registry: SLACK, requested: [requested] }), [want]));
  }
});

test('planInstall: a requested build is chosen, and another build of the version does not replace it', async () => {
  const registry = { a: { '1.0.0+1': [], '1.0.0+2': [], '1.0.0+3': [] } };
  assert.deepEqual(await planned({ registry, requested: ['a@1.0.0+2'] }), ['a 1.0.0+2']);
  assert.deepEqual(await planned({ registry, requested: ['a@1.0.0'] }), ['a 1.0.0+3']);
  assert.match(
    (await errorOf({ registry, requested: ['a@1.0.0+4'] })).message,
    /^No version of 'a' matches '1\.0\.0\+4'/,
  );
});

describe('planInstall: unmatched roots', () => {
  const available = 'available: 3.0.0-rc.1, 2.2.0 (yanked: broken), 2.1.0, 2.0.0, 1.4.0, 1.0.0';
  const rows: { title: string; requested: string; want: string }[] = [
    {
      title: 'a range without a matching version',
      requested: 'slack@^4',
      want: `No version of 'slack' matches '^4'; ${available}.`,
    },
    {
      title: 'a range that only a yanked version matches',
      requested: 'slack@~2.2.0',
      want: `No version of 'slack' matches '~2.2.0'; ${available}.`,
    },
    {
      title: 'a range that only prereleases match',
      requested: 'slack@>=3',
      want: `No version of 'slack' matches '>=3'; ${available}.`,
    },
    {
      title: 'a pack without releases',
      requested: 'young',
      want: "No version of 'young' is a release; available: 0.1.0-alpha.",
    },
  ];
  for (const { title, requested, want } of rows) {
    test(`planInstall: ${title} fails with NOT_FOUND_VERSION`, async () => {
      const error = await errorOf({ registry: { ...SLACK, young: { '0.1.0-alpha': [] } }, requested: [requested] });
      assert.equal(error.code, 'NOT_FOUND_VERSION');
      assert.equal(error.message, want);
    });
  }

  test('planInstall: all unmatched roots are reported before any lookup', async () => {
    const error = await errorOf({
      registry: SLACK,
      requested: ['slack@^4', 'other 1.0.0 <- missing', 'slack@^5'].slice(0, 2),
    });
    assert.equal(error.code, 'NOT_FOUND_VERSION');
    const two = await errorOf({ registry: { a: { '1.0.0': [] }, b: { '1.0.0': [] } }, requested: ['a@2', 'b@3'] });
    assert.equal(two.message.split('\n').length, 2);
    assert.deepEqual(two.facts['packs'], [
      { ref: 'a', range: '2', available: ['1.0.0'] },
      { ref: 'b', range: '3', available: ['1.0.0'] },
    ]);
  });

  test('planInstall: the error for an unmatched root lists the newest versions', async () => {
    const versions = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`1.${i}.0`, []]));
    const { message } = await errorOf({ registry: { a: versions }, requested: ['a@2'] });
    assert.match(message, /available: 1\.29\.0, 1\.28\.0, .*, 1\.10\.0 and 10 older\.$/);
  });

  test('planInstall: an invalid range fails with INVALID_CONSTRAINT', async () => {
    assert.equal((await errorOf({ registry: SLACK, requested: ['slack@newest'] })).code, 'INVALID_CONSTRAINT');
  });
});

describe('planInstall: dependencies', () => {
  const rows: ({ title: string; want: string[] } & Request)[] = [
    {
      title: 'a dependency comes first',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [] } },
      requested: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'transitive dependencies are included',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } },
      requested: ['a'],
      want: ['c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'a shared dependency is included once',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } },
      requested: ['a', 'b'],
      want: ['c 1.0.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'dependencies of a given pack are included',
      registry: { core: { '1.0.0': [] } },
      requested: ['mine 0.1.0 <- core'],
      want: ['core 1.0.0', 'mine 0.1.0'],
    },
    {
      title: 'the highest matching version is chosen',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '1.9.0': [], '2.0.0': [] } },
      requested: ['a'],
      want: ['b 1.9.0', 'a 1.0.0'],
    },
    {
      title: 'missing parts of a dependency count as zero',
      registry: { a: { '1.0.0': ['b@1.2'] }, b: { '1.2.0': [], '1.2.5': [] } },
      requested: ['a'],
      want: ['b 1.2.0', 'a 1.0.0'],
    },
    {
      title: 'a dependency may be written without @',
      registry: { a: { '1.0.0': ['b>=1,<3'] }, b: { '2.0.0': [], '3.0.0': [] } },
      requested: ['a'],
      want: ['b 2.0.0', 'a 1.0.0'],
    },
    {
      title: 'a prerelease is not chosen',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [], '2.0.0-rc.1': [] } },
      requested: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'a prerelease is chosen if the dependency names one',
      registry: { a: { '1.0.0': ['b@^2.0.0-rc.1'] }, b: { '1.0.0': [], '2.0.0-rc.2': [] } },
      requested: ['a'],
      want: ['b 2.0.0-rc.2', 'a 1.0.0'],
    },
    {
      title: 'a prerelease that one dependency names satisfies another without a range',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c@^2.0.0-rc.1'] }, c: { '1.0.0': [], '2.0.0-rc.2': [] } },
      requested: ['a', 'b'],
      want: ['c 2.0.0-rc.2', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'a prerelease is chosen if only a later dependency names it',
      registry: { a: { '1.0.0': ['c'] }, b: { '1.0.0': ['c@^2.0.0-rc.1'] }, c: { '2.0.0-rc.2': [] } },
      requested: ['a', 'b'],
      want: ['c 2.0.0-rc.2', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'a yanked version is not chosen',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': [], '1.1.0!': [] } },
      requested: ['a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'a shared dependency satisfies all ranges',
      registry: { a: { '1.0.0': ['c@>=1'] }, b: { '1.0.0': ['c@<2'] }, c: { '1.0.0': [], '1.5.0': [], '2.0.0': [] } },
      requested: ['a', 'b'],
      want: ['c 1.5.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      title: 'an installed version that matches is kept',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '1.9.0': [] } },
      requested: ['a'],
      installed: { b: '1.0.0' },
      want: ['a 1.0.0'],
    },
    {
      title: 'an installed prerelease satisfies a dependency without a range',
      registry: { a: { '1.0.0': ['b'] } },
      requested: ['a'],
      installed: { b: '1.0.0-dev' },
      want: ['a 1.0.0'],
    },
    {
      title: 'a requested pack satisfies a dependency',
      registry: { a: { '1.0.0': ['b@^1'] }, b: { '1.0.0': [], '2.0.0': [] } },
      requested: ['a', 'b@1'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      title: 'a given pack satisfies a dependency',
      registry: { a: { '1.0.0': ['b@^1'] } },
      requested: ['a', 'b 1.2.3'],
      want: ['b 1.2.3', 'a 1.0.0'],
    },
    {
      title: 'an installed pack is replaced if it is requested',
      registry: { a: { '1.0.0': ['b@^2'] }, b: { '2.0.0': [] } },
      requested: ['a', 'b'],
      installed: { b: '1.0.0' },
      want: ['b 2.0.0', 'a 1.0.0'],
    },
    {
      title: 'dependencies of an abandoned version are not included',
      registry: { a: { '1.0.0': ['b@1.0.0'] }, b: { '2.0.0': ['c'], '1.0.0': [] }, c: { '1.0.0': [] } },
      requested: ['b 1.0.0', 'a'],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
  ];
  for (const { title, want, ...request } of rows) {
    test(`planInstall: ${title}`, async () => assert.deepEqual(await planned(request), want));
  }

  test('planInstall: a version that a later dependency excludes is replaced', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['c', 'b'] },
      b: { '1.0.0': ['c@^1'] },
      c: { '1.0.0': [], '2.0.0': ['heavy'] },
      heavy: { '1.0.0': [] },
    };
    const { steps, lookups } = await plan({ registry, requested: ['a'] });
    assert.deepEqual(
      steps.map(({ ref, version }) => `${ref} ${version}`),
      ['c 1.0.0', 'b 1.0.0', 'a 1.0.0'],
    );
    assert.deepEqual(lookups.toSorted(), ['b', 'c']);
  });

  test('planInstall: requirements of abandoned versions do not conflict with installed packs', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['b', 'c'] },
      b: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'] },
      c: { '1.0.0': ['b@^1'] },
    };
    assert.deepEqual(await planned({ registry, requested: ['a'], installed: { core: '1.0.0' } }), [
      'b 1.0.0',
      'c 1.0.0',
      'a 1.0.0',
    ]);
  });

  test('planInstall: a step has its dependent and its release', async () => {
    const registry: Registry = { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['c'] }, c: { '1.0.0': [] } };
    const { steps } = await plan({ registry, requested: ['a', 'mine 1.0.0 <- c'] });
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

  test('planInstall: each dependency is looked up once', async () => {
    const registry: Registry = {
      a: { '1.0.0': ['c', 'b'] },
      b: { '1.0.0': ['c@^1', 'x'] },
      c: { '1.0.0': ['x@1'] },
      x: { '1.0.0': [] },
    };
    const { lookups } = await plan({ registry, requested: ['a'] });
    assert.deepEqual(lookups.toSorted(), ['b', 'c', 'x']);
  });

  test('planInstall: installed and requested packs are not looked up', async () => {
    const registry: Registry = { a: { '1.0.0': ['b', 'c'] }, c: { '1.0.0': [] } };
    assert.deepEqual((await plan({ registry, requested: ['a', 'c'], installed: { b: '1.0.0' } })).lookups, []);
  });

  test('planInstall: a failed lookup is thrown', async () => {
    const roots: PlanRoot<Pack>[] = [{ kind: 'given', ref: 'a', version: '1.0.0', dependencies: ['b'] }];
    const lookup = () => Promise.reject(new AttuneError('NETWORK_TIMEOUT', 'down'));
    await assert.rejects(planInstall({ roots, held: new Map(), lookup }), { code: 'NETWORK_TIMEOUT' });
  });
});

describe('planInstall: order of roots', () => {
  const none: Registry = {
    a: { '1.0.0': [] },
    b: { '1.0.0': ['lib'] },
    c: { '1.0.0': ['a'] },
    lib: { '1.0.0': ['a'] },
  };
  const rows: { title: string; requested: string[]; want: string[] }[] = [
    { title: 'a root comes after its dependencies', requested: ['c', 'a'], want: ['a', 'c'] },
    { title: 'independent roots keep their order', requested: ['a', 'c'], want: ['a', 'c'] },
    { title: 'a root that is a transitive dependency comes first', requested: ['b', 'a'], want: ['a', 'lib', 'b'] },
  ];
  for (const { title, requested, want } of rows) {
    test(`planInstall: ${title}`, async () =>
      assert.deepEqual(
        (await plan({ registry: none, requested })).steps.map(({ ref }) => ref),
        want,
      ));
  }
});

const indented = (line: string) => (line === '' ? '' : `  ${line}`);

describe('planInstall: unsatisfiable dependencies', () => {
  const rows: ({ title: string; want: string[] } & Request)[] = [
    {
      title: 'a missing dependency',
      requested: ['a 1.0.0 <- core'],
      want: [
        'Because a 1.0.0 depends on core and no registry has core, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a missing dependency with different ranges',
      requested: ['a 1.0.0 <- core@^1', 'b 1.0.0 <- core>=2'],
      want: [
        'Because a 1.0.0 depends on core ^1 and no registry has core, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a dependency without a matching version',
      registry: { core: { '1.0.0': [], '2.0.0!': [] } },
      requested: ['a 1.0.0 <- core@^2'],
      want: [
        'Because a 1.0.0 depends on core ^2 and no version of core matches ^2 (2.0.0 is yanked: broken), a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'incompatible dependencies',
      registry: { core: { '1.0.0': [], '2.0.0': [] } },
      requested: ['a 1.0.0 <- core@^1', 'b 1.0.0 <- core@^2'],
      want: [
        'Because a 1.0.0 depends on core ^1 and b 1.0.0 depends on core ^2, a 1.0.0 and b 1.0.0 cannot be installed together.',
        'So, because you provided a 1.0.0 and b 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a pack without releases',
      registry: { core: { '1.0.0-rc': [] } },
      requested: ['a 1.0.0 <- core'],
      want: [
        'Because a 1.0.0 depends on core and only prereleases of core (1.0.0-rc) match, which no requirement requests, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a conflict with an installed version',
      registry: { core: { '2.0.0': [] } },
      requested: ['a 1.0.0 <- core@^2'],
      installed: { core: '1.0.0' },
      want: [
        'Because a 1.0.0 depends on core ^2 and core 1.0.0 is installed, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a conflict with a given version',
      requested: ['a 1.0.0 <- core@^2', 'core 1.0.0'],
      want: [
        'Because a 1.0.0 depends on core ^2 and you provided core 1.0.0, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'a conflict with a requested version',
      registry: { core: { '1.0.0': [], '2.0.0': [] } },
      requested: ['a 1.0.0 <- core@^2', 'core@1'],
      want: [
        'Because you requested core 1 and a 1.0.0 depends on core ^2, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
      ],
    },
    {
      title: 'an invalid dependency',
      requested: ['a 1.0.0 <- Core!'],
      want: [
        "Because you provided a 1.0.0 and a 1.0.0 has dependencies that cannot be parsed ('Core!' is not a valid dependency), there is no solution.",
      ],
    },
    {
      title: 'an invalid range of a dependency',
      requested: ['a 1.0.0 <- core@newest'],
      want: [
        "Because you provided a 1.0.0 and a 1.0.0 has dependencies that cannot be parsed ('newest' is not a version constraint: 'newest' does not begin with a comparator and a version), there is no solution.",
      ],
    },
    {
      title: 'a conflict of a transitive dependency',
      registry: { b: { '1.0.0': ['c'] }, c: { '3.0.0': ['d@^9'] } },
      requested: ['a 1.0.0 <- b'],
      want: [
        'Because a 1.0.0 depends on b and b 1.0.0 depends on c, a 1.0.0 depends on c.',
        'And because c 3.0.0 depends on d ^9, a 1.0.0 depends on d ^9.',
        'So, because you provided a 1.0.0 and no registry has d, there is no solution.',
      ],
    },
    {
      title: 'several conflicts and a cycle',
      registry: { x: { '1.0.0': ['y'] }, y: { '1.0.0': ['x'] } },
      requested: ['a 1.0.0 <- core@^2, net, x'],
      installed: { core: '1.0.0' },
      want: [
        'Because a 1.0.0 depends on net and no registry has net, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
        '',
        'Because a 1.0.0 depends on core ^2 and core 1.0.0 is installed, a 1.0.0 cannot be installed.',
        'So, because you provided a 1.0.0, there is no solution.',
        '',
        'x \u2192 y \u2192 x: these packs depend on each other in a cycle.',
      ],
    },
  ];
  for (const { title, want, ...request } of rows) {
    test(`planInstall: ${title} fails with DEPENDENCY_UNSATISFIED`, async () => {
      const error = await errorOf(request);
      assert.equal(error.code, 'DEPENDENCY_UNSATISFIED');
      assert.deepEqual(error.message.split('\n'), ['Pack dependency validation failed:', ...want.map(indented)]);
    });
  }
});

describe('planInstall: dependency cycles', () => {
  const rows: ({ title: string; want: string } & Request)[] = [
    {
      title: 'a pack that depends on itself',
      registry: { a: { '1.0.0': ['a'] } },
      requested: ['a'],
      want: 'a \u2192 a',
    },
    {
      title: 'two packs that depend on each other',
      registry: { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } },
      requested: ['a'],
      want: 'a \u2192 b \u2192 a',
    },
    {
      title: 'a cycle through a given pack',
      registry: { b: { '1.0.0': ['a'] } },
      requested: ['a 1.0.0 <- b'],
      want: 'a \u2192 b \u2192 a',
    },
  ];
  for (const { title, want, ...request } of rows) {
    test(`planInstall: ${title} is a DEPENDENCY_CYCLE`, async () => {
      const error = await errorOf(request);
      assert.equal(error.code, 'DEPENDENCY_CYCLE');
      assert.equal(error.message, `Packs depend on each other in a cycle:\n  ${want}`);
    });
  }

  test('planInstall: a cycle through an installed pack is accepted', async () => {
    const registry: Registry = { a: { '1.0.0': ['b'] }, b: { '1.0.0': ['a'] } };
    assert.deepEqual(await planned({ registry, requested: ['a'], installed: { b: '1.0.0' } }), ['a 1.0.0']);
  });
});

describe('planInstall: properties', () => {
  const refs = ['a', 'b', 'c', 'd'];
  const dependency = fc
    .tuple(fc.constantFrom(...refs), fc.constantFrom('', '@^1', '@<2', '@>=1.5', '@*'))
    .map(([ref, range]) => ref + range);
  const versions = fc.record(
    {
      '1.0.0': fc.array(dependency, { maxLength: 2 }),
      '1.5.0': fc.array(dependency, { maxLength: 2 }),
      '2.0.0': fc.array(dependency, { maxLength: 2 }),
    },
    { requiredKeys: ['1.0.0'] },
  );
  const registry = fc.record({ a: versions, b: versions, c: versions, d: versions });

  test('planInstall: a plan has unique refs, existing versions, a valid order and satisfied dependencies', async () => {
    const { parseRequirement } = await import('../../src/packs/requirement.ts');
    const { parseConstraint, satisfies } = await import('../../src/resolver/constraint.ts');
    await fc.assert(
      fc.asyncProperty(registry, fc.subarray(refs, { minLength: 1 }), async (packs, requested) => {
        let steps: Awaited<ReturnType<typeof plan>>['steps'];
        try {
          ({ steps } = await plan({ registry: packs as Registry, requested }));
        } catch (error) {
          assert.ok(error instanceof AttuneError && error.family === 'DEPENDENCY', String(error));
          return;
        }
        const chosen = new Map(steps.map(({ ref, version }, index) => [ref, { version, index }]));
        assert.equal(chosen.size, steps.length);
        for (const ref of requested) assert.ok(chosen.has(ref));
        for (const [index, step] of steps.entries()) {
          assert.ok(step.kind === 'registry');
          for (const text of step.release.dependencies) {
            const { ref, range } = parseRequirement(text);
            const other = chosen.get(ref);
            assert.ok(other && other.index < index);
            assert.ok(satisfies(other.version, parseConstraint(range)));
          }
        }
      }),
    );
  });
});

test('planInstall: plans a chain of 20,000 packs', async () => {
  const registry: Registry = {};
  for (let i = 0; i < 20_000; i++) registry[`p${i}`] = { '1.0.0': i < 19_999 ? [`p${i + 1}`, 'p19999@^1'] : [] };
  const { steps } = await plan({ registry, requested: ['p0'] });
  assert.equal(steps.length, 20_000);
  assert.equal(steps[0]?.ref, 'p19999');
});
