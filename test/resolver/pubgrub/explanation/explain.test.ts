import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NoSolution } from '../../../../src/resolver/pubgrub/explanation/no-solution.ts';
import { assertGolden, assertNoOtherGolden } from '../../../support/resolver/golden.ts';
import { type Case, solveCase, TODAY, type Universe } from '../../../support/resolver/universe.ts';

/** What is told of it stands in golden/. */
type Row = Case & { readonly claim: string };

function unsolved(one: Case) {
  const { outcome } = solveCase(one);
  return outcome.solved ? assert.fail('there should be no solution') : outcome;
}

/** With an empty line between conflicts. */
function proofs(one: Case): string {
  return unsolved(one)
    .conflicts.map(({ lines }) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

const core = { '1.0.0': [], '1.4.0': [], '2.0.0': [] };
const weekAgo = new Date(TODAY.getTime() - 7 * 86_400_000);

/** `1.0.0`, `1.1.0`, ... */
const minors = (count: number, needs: (at: number) => readonly string[]) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`1.${at}.0`, needs(at)]));

const ROWS: Row[] = [
  {
    claim: 'two packs that do not agree on a third',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'versions of one pack that need the same are told of together',
    universe: {
      slack: { '1.0.0': [], '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] },
      jira: { '1.0.0': ['core@<2'], '1.1.0': ['core@<2'] },
      core,
    },
    ask: ['slack@^2', 'jira'],
  },
  {
    claim: 'what the user asks for against what a pack needs',
    universe: { slack: { '2.1.0': ['core@^2'] }, core },
    ask: ['slack@^2', 'core@^1'],
  },
  {
    claim: 'a version that does not exist',
    universe: { slack: { '2.1.0': ['core@^3'] }, core },
    ask: ['slack'],
  },
  {
    claim: 'what the user asks for does not exist',
    universe: { core },
    ask: ['core@^3'],
  },
  {
    claim: 'a pack that no registry has, and all others of its kind',
    universe: { slack: { '2.1.0': ['core', 'net', 'web@^1'] }, core },
    ask: ['slack'],
  },
  {
    claim: 'a yanked version',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], '2.0.0!': [] } },
    ask: ['slack'],
  },
  {
    claim: 'a version that is too young',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], "2.0.0'": [] } },
    ask: ['slack'],
    policy: { notAfter: weekAgo },
  },
  {
    claim: 'a prerelease that nobody asks for',
    universe: { slack: { '2.1.0': ['core'] }, core: { '2.0.0-rc.1': [], '2.0.0-rc.2': [] } },
    ask: ['slack'],
  },
  {
    claim: 'a pinned version',
    universe: { slack: { '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] }, core },
    ask: ['slack'],
    held: { core: '1.4.0 firm' },
  },
  {
    claim: 'a pack that was given',
    universe: { slack: { '2.1.0': ['core@^2'] } },
    ask: ['slack', 'core 1.0.0'],
  },
  {
    claim: 'an installed pack that stays',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    ask: ['slack', 'jira!'],
  },
  {
    claim: 'an excluded pack',
    universe: { slack: { '2.1.0': ['core'] }, core },
    ask: ['slack'],
    policy: { excluded: new Map([['core', 'it is being removed']]) },
  },
  {
    claim: 'needs that cannot be understood',
    universe: { slack: { '2.1.0': ['core@newest', 'Net!'] }, core },
    ask: ['slack'],
  },
  {
    claim: 'a range that nothing can be in',
    universe: { slack: { '2.1.0': ['core@>2,<1'] }, core },
    ask: ['slack'],
  },
  {
    claim: 'a conflict far below',
    universe: {
      app: { '1.0.0': ['web'] },
      web: { '1.0.0': ['http'] },
      http: { '1.0.0': ['net'] },
      net: { '1.0.0': ['core@^2'] },
      jira: { '1.0.0': ['core@<2'] },
      core,
    },
    ask: ['app', 'jira'],
  },
  {
    claim: 'every version fails for a reason of its own',
    universe: {
      slack: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'], '3.0.0': ['net@^9'] },
      core: { '1.0.0': ['gone'], '2.0.0!': [] },
      net: { '1.0.0': [] },
    },
    ask: ['slack'],
  },
  {
    claim: 'a conclusion that is used twice has a number',
    universe: {
      foo: { '1.0.0': ['a@^1', 'b@^1'], '1.1.0': ['x@^1', 'y@^1'] },
      a: { '1.0.0': ['b@^2'] },
      b: { '1.0.0': [], '2.0.0': [] },
      x: { '1.0.0': ['y@^2'] },
      y: { '1.0.0': [], '2.0.0': [] },
    },
    ask: ['foo@^1'],
  },
  {
    claim: 'two sides that each need several steps',
    universe: {
      a: { '1.0.0': ['x'], '1.1.0': ['y'] },
      b: { '1.0.0': ['z'], '2.0.0': ['w'] },
      x: { '1.0.0': ['core@^1'] },
      y: { '1.0.0': ['core@^1'] },
      z: { '1.0.0': ['core@^2'] },
      w: { '1.0.0': ['core@^2'] },
      core,
    },
    ask: ['a', 'b'],
  },
  {
    claim: 'several reasons that have nothing to do with each other',
    universe: {
      slack: { '2.1.0': ['core@^2', 'gone'] },
      jira: { '1.0.0': ['core@<2', 'net@^2'] },
      core,
      net: { '1.0.0': [] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'ranges that overlap where there is no version',
    universe: {
      slack: { '1.0.0': ['core>=2.0.0,<3.0.0'] },
      jira: { '1.0.0': ['core>=2.9.0,<4.0.0'] },
      core: { '2.5.0': [], '3.5.0': [] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'ranges that do not touch',
    universe: {
      slack: { '1.0.0': ['core@<=2.0.0'] },
      jira: { '1.0.0': ['core@>3.0.0'] },
      core: { '2.0.0': [], '4.0.0': [] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'two packs that want each other in the wrong versions',
    universe: {
      slack: { '1.0.0': ['jira@1.0.0'], '2.0.0': ['jira@2.0.0'] },
      jira: { '1.0.0': ['slack@2.0.0'], '2.0.0': ['slack@1.0.0'] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'the only version that would do is the one that is ruled out',
    universe: {
      slack: { '1.0.0': ['core@1.0.0'], '2.0.0': ['core@2.0.0'], '3.0.0': ['core@3.0.0'] },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
    },
    ask: ['slack@<2 || >2', 'core@^2'],
  },
  {
    claim: 'another pack leaves out the middle versions',
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
    ask: ['slack', 'core@^2', 'jira'],
  },
  {
    claim: 'another pack leaves out the middle versions, and some of these fail by themselves',
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
    ask: ['slack', 'core@^2', 'jira'],
  },
  {
    claim: 'what is needed two levels down is what the user asks otherwise of',
    universe: { app: { '1.0.0': ['slack'] }, slack: { '1.0.0': ['core@2.0.0'] }, core },
    ask: ['app', 'core@1.0.0'],
  },
  {
    claim: 'a prerelease that one pack names and another does not let in',
    universe: {
      slack: { '1.0.0': ['core@2.0.0-beta.1'] },
      jira: { '1.0.0': ['core>=1.0.0,<=3.0.0'] },
      core: { '1.0.0': [], '2.0.0-beta.1': [] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'a yanked version that one pack names and another lets in',
    universe: {
      slack: { '1.0.0': ['core@2.0.0'] },
      jira: { '1.0.0': ['core>=1.0.0,<=3.0.0'] },
      core: { '1.0.0': [], '2.0.0!': [] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'a pack of which every version is yanked',
    universe: { core: { '1.0.0!': [], '1.1.0!': [] } },
    ask: ['core'],
  },
  {
    claim: 'three that only together do not agree',
    universe: {
      slack: { '1.0.0': ['core>=1,<3'] },
      jira: { '1.0.0': ['core>=2,<4'] },
      deploy: { '1.0.0': ['core@<2 || >=3'] },
      core: { '1.0.0': [], '2.0.0': [], '3.0.0': [] },
    },
    ask: ['slack', 'jira', 'deploy'],
  },
  {
    claim: 'a shared need that nobody can meet is told once',
    universe: {
      slack: { '1.0.0': ['net'], '2.0.0': ['net'] },
      jira: { '1.0.0': ['net'] },
      net: { '1.0.0': ['gone@^1'], '1.1.0': ['gone@^1'] },
    },
    ask: ['slack', 'jira'],
  },
  {
    claim: 'many versions that a new demand of the user rules out',
    universe: {
      sdk: minors(12, (at) => [`sdk-core@1.${at}.0`]),
      'sdk-core': minors(12, () => ['http@<2']),
      http: { '1.9.0': [], '2.0.0': [] },
    },
    ask: ['sdk', 'http@2.0.0'],
  },
  {
    claim: 'many versions that need what is not there',
    universe: { sdk: minors(8, (at) => [`core@2.${at}.0`]), core: minors(3, () => []) },
    ask: ['sdk@1'],
  },
  {
    claim: 'many versions of which one goes another way',
    universe: {
      sdk: minors(8, (at) => [at === 3 ? 'other' : `core@1.${at}.0`]),
      other: { '1.0.0': ['core@1.3.0'] },
      core: { ...minors(8, () => []), '2.0.0': [] },
    },
    ask: ['sdk', 'core@2'],
  },
  {
    claim: 'many versions on two sides',
    universe: {
      sdk: minors(6, (at) => [`core@1.${at}.0`]),
      app: minors(6, (at) => [`core@2.${at}.0`]),
      core: { ...minors(6, () => []), '2.0.0': [], '2.1.0': [], '2.2.0': [], '2.3.0': [], '2.4.0': [], '2.5.0': [] },
    },
    ask: ['sdk', 'app'],
  },
  {
    claim: 'a pack whose every version needs itself in another',
    universe: { slack: { '1.0.0': ['slack@2.0.0'], '2.0.0': ['slack@1.0.0'] } },
    ask: ['slack'],
  },
  {
    claim: 'a prerelease of the right version that a range leaves out',
    universe: { slack: { '1.0.0': ['core@^2.0.0'] }, core: { '1.0.0': [], '2.0.0-rc.1': [] } },
    ask: ['slack'],
  },
];

describe('a proof that there is no solution', () => {
  for (const { claim, ...one } of ROWS) {
    test(`tells of ${claim}`, () => assertGolden(claim, proofs(one)));
  }

  test('has no text that nothing is compared with', () => assertNoOtherGolden(ROWS.map(({ claim }) => claim)));
});

describe('the error', () => {
  const errorFor = (one: Case) => new NoSolution(unsolved(one));
  const slack = { '2.1.0': ['core@^2'] };

  test('tells all proofs and all circles', () => {
    const universe: Universe = { slack, core: { '1.0.0': [] }, x: { '1.0.0': ['y'] }, y: { '1.0.0': ['x'] } };
    const error = errorFor({ universe, ask: ['slack', 'x', 'net'] });
    assert.equal(error.code, 'DEPENDENCY_UNSATISFIED');
    assert.equal(
      error.message,
      [
        'Pack dependencies cannot be satisfied:',
        '  Because you asked for net and no registry has net, there is no solution.',
        '',
        '  Because slack 2.1.0 needs core ^2 and no version of core satisfies ^2 (available: 1.0.0), slack 2.1.0 cannot be installed.',
        '  So, because you asked for slack, there is no solution.',
        '',
        '  x \u2192 y \u2192 x: they need each other in a circle.',
      ].join('\n'),
    );
  });

  test('has the facts of each proof for programs', () => {
    const universe: Universe = {
      slack: { '2.0.0': ['core@^2'], '2.1.0': ['core@^2'], '1.0.0': [] },
      core: { '1.0.0': [], '2.0.0!': [], "2.1.0'": [] },
    };
    const { facts } = errorFor({ universe, ask: ['slack@^2'], policy: { notAfter: weekAgo } });
    assert.deepEqual(facts, {
      conflicts: [
        {
          about: ['core'],
          explanation: [
            'Because slack >=2.0.0 needs core ^2 and no version of core satisfies ^2 (2.1.0 was published on 2026-03-09, too short a time ago; 2.0.0 is yanked: broken), slack >=2.0.0 cannot be installed.',
            'So, because you asked for slack ^2, there is no solution.',
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
  const rows: (Case & { claim: string; want: RegExp })[] = [
    { claim: 'a pin', universe: core14, ask: ['slack'], held: { core: '1.4.0 firm' }, want: /pack unpin core/ },
    { claim: 'a lock', universe: core14, ask: ['slack'], held: { core: '1.4.0 locked firm' }, want: /^Name core too/ },
    {
      claim: 'youth',
      universe: { slack, core: { "2.0.0'": [] } },
      ask: ['slack'],
      policy: { notAfter: weekAgo },
      want: /min_release_age/,
    },
    { claim: 'a prerelease', universe: { core: { '2.0.0-rc': [] } }, ask: ['core'], want: /^Ask for the prerelease/ },
    { claim: 'what is missing', universe: { slack }, ask: ['slack'], want: /^Install what is missing/ },
    {
      claim: 'any other conflict',
      universe: { slack, core },
      ask: ['slack', 'core@1'],
      want: /^Ask for other versions/,
    },
  ];
  for (const { claim, want, ...one } of rows) {
    test(`says what to do about ${claim}`, () => assert.match(errorFor(one).hint ?? '', want));
  }
});
