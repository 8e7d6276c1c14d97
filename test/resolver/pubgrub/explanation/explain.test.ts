import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NoSolution } from '../../../../src/resolver/pubgrub/explanation/no-solution.ts';
import { assertGolden, assertNoOtherGolden } from '../../../support/resolver/golden.ts';
import { type Case, solveCase, TODAY, type Universe } from '../../../support/resolver/universe.ts';

/** A case whose explanation is in golden/. */
type Row = Case & { readonly title: string };

function unsolvable(one: Case) {
  const { outcome } = solveCase(one);
  return outcome.solved ? assert.fail('there should be no solution') : outcome;
}

/** Returns the explanations with an empty line between conflicts. */
function explanations(one: Case): string {
  return unsolvable(one)
    .conflicts.map(({ lines }) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

const core = { '1.0.0': [], '1.4.0': [], '2.0.0': [] };
const weekAgo = new Date(TODAY.getTime() - 7 * 86_400_000);

/** Returns the versions `1.0.0`, `1.1.0`, ... with their dependencies. */
const minors = (count: number, dependencies: (i: number) => readonly string[]) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`1.${i}.0`, dependencies(i)]));

const ROWS: Row[] = [
  {
    title: 'two packs with incompatible dependencies',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    roots: ['slack', 'jira'],
  },
  {
    title: 'versions with the same dependency in one sentence',
    universe: {
      slack: { '1.0.0': [], '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] },
      jira: { '1.0.0': ['core@<2'], '1.1.0': ['core@<2'] },
      core,
    },
    roots: ['slack@^2', 'jira'],
  },
  {
    title: 'a request against a dependency',
    universe: { slack: { '2.1.0': ['core@^2'] }, core },
    roots: ['slack@^2', 'core@^1'],
  },
  {
    title: 'a dependency without a matching version',
    universe: { slack: { '2.1.0': ['core@^3'] }, core },
    roots: ['slack'],
  },
  {
    title: 'a request without a matching version',
    universe: { core },
    roots: ['core@^3'],
  },
  {
    title: 'several missing packs',
    universe: { slack: { '2.1.0': ['core', 'net', 'web@^1'] }, core },
    roots: ['slack'],
  },
  {
    title: 'a yanked version',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], '2.0.0!': [] } },
    roots: ['slack'],
  },
  {
    title: 'a version that is too recent',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], "2.0.0'": [] } },
    roots: ['slack'],
    policy: { notAfter: weekAgo },
  },
  {
    title: 'a prerelease that is not requested',
    universe: { slack: { '2.1.0': ['core'] }, core: { '2.0.0-rc.1': [], '2.0.0-rc.2': [] } },
    roots: ['slack'],
  },
  {
    title: 'a pinned version',
    universe: { slack: { '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] }, core },
    roots: ['slack'],
    held: { core: '1.4.0 required' },
  },
  {
    title: 'a given pack',
    universe: { slack: { '2.1.0': ['core@^2'] } },
    roots: ['slack', 'core 1.0.0'],
  },
  {
    title: 'an installed pack',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    roots: ['slack', 'jira!'],
  },
  {
    title: 'an excluded pack',
    universe: { slack: { '2.1.0': ['core'] }, core },
    roots: ['slack'],
    policy: { excluded: new Map([['core', 'it is being removed']]) },
  },
  {
    title: 'dependencies that cannot be parsed',
    universe: { slack: { '2.1.0': ['core@newest', 'Net!'] }, core },
    roots: ['slack'],
  },
  {
    title: 'an empty range',
    universe: { slack: { '2.1.0': ['core@>2,<1'] }, core },
    roots: ['slack'],
  },
  {
    title: 'a conflict of transitive dependencies',
    universe: {
      app: { '1.0.0': ['web'] },
      web: { '1.0.0': ['http'] },
      http: { '1.0.0': ['net'] },
      net: { '1.0.0': ['core@^2'] },
      jira: { '1.0.0': ['core@<2'] },
      core,
    },
    roots: ['app', 'jira'],
  },
  {
    title: 'every version fails for a different reason',
    universe: {
      slack: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'], '3.0.0': ['net@^9'] },
      core: { '1.0.0': ['gone'], '2.0.0!': [] },
      net: { '1.0.0': [] },
    },
    roots: ['slack'],
  },
  {
    title: 'a numbered conclusion',
    universe: {
      foo: { '1.0.0': ['a@^1', 'b@^1'], '1.1.0': ['x@^1', 'y@^1'] },
      a: { '1.0.0': ['b@^2'] },
      b: { '1.0.0': [], '2.0.0': [] },
      x: { '1.0.0': ['y@^2'] },
      y: { '1.0.0': [], '2.0.0': [] },
    },
    roots: ['foo@^1'],
  },
  {
    title: 'two derivations with several steps each',
    universe: {
      a: { '1.0.0': ['x'], '1.1.0': ['y'] },
      b: { '1.0.0': ['z'], '2.0.0': ['w'] },
      x: { '1.0.0': ['core@^1'] },
      y: { '1.0.0': ['core@^1'] },
      z: { '1.0.0': ['core@^2'] },
      w: { '1.0.0': ['core@^2'] },
      core,
    },
    roots: ['a', 'b'],
  },
  {
    title: 'independent conflicts',
    universe: {
      slack: { '2.1.0': ['core@^2', 'gone'] },
      jira: { '1.0.0': ['core@<2', 'net@^2'] },
      core,
      net: { '1.0.0': [] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'overlapping ranges without a common version',
    universe: {
      slack: { '1.0.0': ['core>=2.0.0,<3.0.0'] },
      jira: { '1.0.0': ['core>=2.9.0,<4.0.0'] },
      core: { '2.5.0': [], '3.5.0': [] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'disjoint ranges',
    universe: {
      slack: { '1.0.0': ['core@<=2.0.0'] },
      jira: { '1.0.0': ['core@>3.0.0'] },
      core: { '2.0.0': [], '4.0.0': [] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'two packs that depend on incompatible versions of each other',
    universe: {
      slack: { '1.0.0': ['jira@1.0.0'], '2.0.0': ['jira@2.0.0'] },
      jira: { '1.0.0': ['slack@2.0.0'], '2.0.0': ['slack@1.0.0'] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'the only matching version is excluded by the request',
    universe: {
      slack: { '1.0.0': ['core@1.0.0'], '2.0.0': ['core@2.0.0'], '3.0.0': ['core@3.0.0'] },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
    },
    roots: ['slack@<2 || >2', 'core@^2'],
  },
  {
    title: 'a pack that excludes the middle versions of another',
    universe: {
      slack: {
        '1.0.0': ['core@1.0.0'],
        '2.0.0': ['core@2.0.0'],
        '2.1.0': ['core@2.0.0'],
        '2.2.0': ['core@2.0.0'],
        '3.0.0': ['core@3.0.0'],
      },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
      jira: { '1.0.0': ['slack@<2.0.0'], '2.0.0': ['slack@>=3.0.0'] },
    },
    roots: ['slack', 'core@^2', 'jira'],
  },
  {
    title: 'a pack that excludes the middle versions of another, some of which fail anyway',
    universe: {
      slack: {
        '1.0.0': ['core@1.0.0'],
        '2.0.0': ['core@2.0.0'],
        '2.1.0': ['core@2.0.0', 'gone'],
        '2.2.0': ['core@2.0.0'],
        '2.3.0': ['core@2.0.0', 'gone'],
        '3.0.0': ['core@3.0.0'],
      },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
      jira: { '1.0.0': ['slack@<2.0.0'], '2.0.0': ['slack@>=3.0.0'] },
    },
    roots: ['slack', 'core@^2', 'jira'],
  },
  {
    title: 'a request against a transitive dependency',
    universe: { app: { '1.0.0': ['slack'] }, slack: { '1.0.0': ['core@2.0.0'] }, core },
    roots: ['app', 'core@1.0.0'],
  },
  {
    title: 'a prerelease that one pack requests and another excludes',
    universe: {
      slack: { '1.0.0': ['core@2.0.0-beta.1'] },
      jira: { '1.0.0': ['core>=1.0.0,<=3.0.0'] },
      core: { '1.0.0': [], '2.0.0-beta.1': [] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'a yanked version that one pack requests and another allows',
    universe: {
      slack: { '1.0.0': ['core@2.0.0'] },
      jira: { '1.0.0': ['core>=1.0.0,<=3.0.0'] },
      core: { '1.0.0': [], '2.0.0!': [] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'a pack with only yanked versions',
    universe: { core: { '1.0.0!': [], '1.1.0!': [] } },
    roots: ['core'],
  },
  {
    title: 'three packs that conflict only together',
    universe: {
      slack: { '1.0.0': ['core>=1,<3'] },
      jira: { '1.0.0': ['core>=2,<4'] },
      deploy: { '1.0.0': ['core@<2 || >=3'] },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
    },
    roots: ['slack', 'jira', 'deploy'],
  },
  {
    title: 'a missing dependency of several packs',
    universe: {
      slack: { '1.0.0': ['net'], '2.0.0': ['net'] },
      jira: { '1.0.0': ['net'] },
      net: { '1.0.0': ['gone@^1'], '1.1.0': ['gone@^1'] },
    },
    roots: ['slack', 'jira'],
  },
  {
    title: 'many versions that a request excludes',
    universe: {
      sdk: minors(12, (i) => [`sdk-core@1.${i}.0`]),
      'sdk-core': minors(12, () => ['http@<2']),
      http: { '1.9.0': [], '2.0.0': [] },
    },
    roots: ['sdk', 'http@2.0.0'],
  },
  {
    title: 'many versions without a matching dependency',
    universe: { sdk: minors(8, (i) => [`core@2.${i}.0`]), core: minors(3, () => []) },
    roots: ['sdk@1'],
  },
  {
    title: 'many versions with one exception',
    universe: {
      sdk: minors(8, (i) => [i === 3 ? 'other' : `core@1.${i}.0`]),
      other: { '1.0.0': ['core@1.3.0'] },
      core: { ...minors(8, () => []), '2.0.0': [] },
    },
    roots: ['sdk', 'core@2'],
  },
  {
    title: 'many versions of two packs',
    universe: {
      sdk: minors(6, (i) => [`core@1.${i}.0`]),
      app: minors(6, (i) => [`core@2.${i}.0`]),
      core: { ...minors(6, () => []), '2.0.0': [], '2.1.0': [], '2.2.0': [], '2.3.0': [], '2.4.0': [], '2.5.0': [] },
    },
    roots: ['sdk', 'app'],
  },
  {
    title: 'a pack that depends on other versions of itself',
    universe: { slack: { '1.0.0': ['slack@2.0.0'], '2.0.0': ['slack@1.0.0'] } },
    roots: ['slack'],
  },
  {
    title: 'a prerelease that a range excludes',
    universe: { slack: { '1.0.0': ['core@^2.0.0'] }, core: { '1.0.0': [], '2.0.0-rc.1': [] } },
    roots: ['slack'],
  },
];

describe('explain', () => {
  for (const { title, ...one } of ROWS) {
    test(`explain: ${title}`, () => assertGolden(title, explanations(one)));
  }

  test('explain: every golden file belongs to a case', () => assertNoOtherGolden(ROWS.map(({ title }) => title)));
});

describe('NoSolution', () => {
  const errorFor = (one: Case) => new NoSolution(unsolvable(one));
  const slack = { '2.1.0': ['core@^2'] };

  test('NoSolution: the message contains all conflicts and cycles', () => {
    const universe: Universe = { slack, core: { '1.0.0': [] }, x: { '1.0.0': ['y'] }, y: { '1.0.0': ['x'] } };
    const error = errorFor({ universe, roots: ['slack', 'x', 'net'] });
    assert.equal(error.code, 'DEPENDENCY_UNSATISFIED');
    assert.equal(
      error.message,
      [
        'Pack dependency validation failed:',
        '  Because you requested net and no registry has net, there is no solution.',
        '',
        '  Because slack 2.1.0 depends on core ^2 and no version of core matches ^2 (available: 1.0.0), slack 2.1.0 cannot be installed.',
        '  So, because you requested slack, there is no solution.',
        '',
        '  x \u2192 y \u2192 x: these packs depend on each other in a cycle.',
      ].join('\n'),
    );
  });

  test('NoSolution: the JSON facts describe each conflict', () => {
    const universe: Universe = {
      slack: { '2.0.0': ['core@^2'], '2.1.0': ['core@^2'], '1.0.0': [] },
      core: { '1.0.0': [], '2.0.0!': [], "2.1.0'": [] },
    };
    const { facts } = errorFor({ universe, roots: ['slack@^2'], policy: { notAfter: weekAgo } });
    assert.deepEqual(facts, {
      conflicts: [
        {
          about: ['core'],
          explanation: [
            'Because slack >=2.0.0 depends on core ^2 and no version of core matches ^2 (2.1.0 was published on 2026-03-09, which is too recent; 2.0.0 is yanked: broken), slack >=2.0.0 cannot be installed.',
            'So, because you requested slack ^2, there is no solution.',
          ],
          facts: [
            { kind: 'needs', ref: 'slack', versions: ['2.0.0', '2.1.0'], needs: { ref: 'core', range: '^2' } },
            {
              kind: 'no-version',
              ref: 'core',
              available: ['2.1.0', '2.0.0', '1.0.0'],
              passed_over: [
                { version: '2.1.0', why: 'too-new', published_at: '2026-03-09T00:00:00.000Z' },
                { version: '2.0.0', why: 'yanked', reason: 'broken' },
              ],
            },
            { kind: 'asked', ref: 'slack', range: '^2' },
          ],
        },
      ],
      cycles: [],
    });
  });

  const core14: Universe = { slack, core };
  const rows: (Case & { title: string; want: RegExp })[] = [
    { title: 'a pin', universe: core14, roots: ['slack'], held: { core: '1.4.0 required' }, want: /pack unpin core/ },
    {
      title: 'a locked version',
      universe: core14,
      roots: ['slack'],
      held: { core: '1.4.0 locked required' },
      want: /^Name core as well/,
    },
    {
      title: 'a version that is too recent',
      universe: { slack, core: { "2.0.0'": [] } },
      roots: ['slack'],
      policy: { notAfter: weekAgo },
      want: /min_release_age/,
    },
    { title: 'a prerelease', universe: { core: { '2.0.0-rc': [] } }, roots: ['core'], want: /^Request the prerelease/ },
    { title: 'a missing pack', universe: { slack }, roots: ['slack'], want: /^Install the missing pack/ },
    {
      title: 'any other conflict',
      universe: { slack, core },
      roots: ['slack', 'core@1'],
      want: /^Request other versions/,
    },
  ];
  for (const { title, want, ...one } of rows) {
    test(`NoSolution: has a hint for ${title}`, () => assert.match(errorFor(one).hint ?? '', want));
  }
});
