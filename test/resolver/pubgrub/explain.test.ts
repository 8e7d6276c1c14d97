import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NoSolution } from '../../../src/resolver/pubgrub/no-solution.ts';
import { type Case, solveCase, TODAY, type Universe } from './universe.ts';

type Row = Case & { readonly claim: string; readonly want: readonly string[] };

function unsolved(one: Case) {
  const { outcome } = solveCase(one);
  return outcome.solved ? assert.fail('there should be no solution') : outcome;
}

/** With an empty line between conflicts. */
function proofs(one: Case): string[] {
  return unsolved(one)
    .conflicts.flatMap(({ lines }) => ['', ...lines])
    .slice(1);
}

const core = { '1.0.0': [], '1.4.0': [], '2.0.0': [] };
const weekAgo = new Date(TODAY.getTime() - 7 * 86_400_000);

const ROWS: Row[] = [
  {
    claim: 'two packs that do not agree on a third',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    ask: ['slack', 'jira'],
    want: [
      'Because jira 1.0.0 needs core <2 and slack 2.1.0 needs core ^2, jira 1.0.0 and slack 2.1.0 cannot be installed together.',
      'So, because you asked for jira and slack, there is no solution.',
    ],
  },
  {
    claim: 'versions of one pack that need the same are told of together',
    universe: {
      slack: { '1.0.0': [], '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] },
      jira: { '1.0.0': ['core@<2'], '1.1.0': ['core@<2'] },
      core,
    },
    ask: ['slack@^2', 'jira'],
    want: [
      'Because every version of jira needs core <2 and slack >=2.0.0 needs core ^2, slack >=2.0.0 cannot be installed together with any version of jira.',
      'So, because you asked for jira and slack ^2, there is no solution.',
    ],
  },
  {
    claim: 'what the user asks for against what a pack needs',
    universe: { slack: { '2.1.0': ['core@^2'] }, core },
    ask: ['slack@^2', 'core@^1'],
    want: [
      'Because you asked for slack ^2 and slack 2.1.0 needs core ^2, core ^2 is needed.',
      'So, because you asked for core ^1, there is no solution.',
    ],
  },
  {
    claim: 'a version that does not exist',
    universe: { slack: { '2.1.0': ['core@^3'] }, core },
    ask: ['slack'],
    want: [
      'Because slack 2.1.0 needs core ^3 and no version of core satisfies ^3 (available: 2.0.0, 1.4.0, 1.0.0), slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'what the user asks for does not exist',
    universe: { core },
    ask: ['core@^3'],
    want: [
      'Because you asked for core ^3 and no version of core satisfies ^3 (available: 2.0.0, 1.4.0, 1.0.0), there is no solution.',
    ],
  },
  {
    claim: 'a pack that no registry has, and all others of its kind',
    universe: { slack: { '2.1.0': ['core', 'net', 'web@^1'] }, core },
    ask: ['slack'],
    want: [
      'Because slack 2.1.0 needs web ^1 and no registry has web, slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
      '',
      'Because slack 2.1.0 needs net and no registry has net, slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'a yanked version',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], '2.0.0!': [] } },
    ask: ['slack'],
    want: [
      'Because slack 2.1.0 needs core ^2 and no version of core satisfies ^2 (2.0.0 is yanked: broken), slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'a version that is too young',
    universe: { slack: { '2.1.0': ['core@^2'] }, core: { '1.0.0': [], "2.0.0'": [] } },
    ask: ['slack'],
    policy: { notAfter: weekAgo },
    want: [
      'Because slack 2.1.0 needs core ^2 and no version of core satisfies ^2 (2.0.0 was published on 2026-03-09, too short a time ago), slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'a prerelease that nobody asks for',
    universe: { slack: { '2.1.0': ['core'] }, core: { '2.0.0-rc.1': [], '2.0.0-rc.2': [] } },
    ask: ['slack'],
    want: [
      'Because slack 2.1.0 needs core and only prereleases of core (2.0.0-rc.2, 2.0.0-rc.1) would do, which nobody asks for, slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'a pinned version',
    universe: { slack: { '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] }, core },
    ask: ['slack'],
    held: { core: '1.4.0 firm' },
    want: [
      'Because every version of slack needs core ^2 and core 1.4.0 is pinned, no version of slack can be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'a pack that was given',
    universe: { slack: { '2.1.0': ['core@^2'] } },
    ask: ['slack', 'core 1.0.0'],
    want: [
      'Because you asked for slack and slack 2.1.0 needs core ^2, core ^2 is needed.',
      'So, because you gave core 1.0.0, there is no solution.',
    ],
  },
  {
    claim: 'an installed pack that stays',
    universe: { slack: { '2.1.0': ['core@^2'] }, jira: { '1.0.0': ['core@<2'] }, core },
    ask: ['slack', 'jira!'],
    want: [
      'Because jira 1.0.0 needs core <2 and slack 2.1.0 needs core ^2, jira 1.0.0 and slack 2.1.0 cannot be installed together.',
      'So, because you asked for slack and jira is installed, there is no solution.',
    ],
  },
  {
    claim: 'an excluded pack',
    universe: { slack: { '2.1.0': ['core'] }, core },
    ask: ['slack'],
    policy: { excluded: new Map([['core', 'it is being removed']]) },
    want: [
      'Because slack 2.1.0 needs core and core is excluded (it is being removed), slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
  {
    claim: 'needs that cannot be understood',
    universe: { slack: { '2.1.0': ['core@newest', 'Net!'] }, core },
    ask: ['slack'],
    want: [
      "Because you asked for slack and slack 2.1.0 has needs that cannot be understood ('Net!' does not say which pack is needed; 'newest' is not a version constraint: 'newest' does not begin with a comparator and a version), there is no solution.",
    ],
  },
  {
    claim: 'a range that nothing can be in',
    universe: { slack: { '2.1.0': ['core@>2,<1'] }, core },
    ask: ['slack'],
    want: ['Because you asked for slack and slack 2.1.0 needs core >2,<1, there is no solution.'],
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
    want: [
      'Because app 1.0.0 needs web and web 1.0.0 needs http, app 1.0.0 needs http.',
      'And because http 1.0.0 needs net, app 1.0.0 needs net.',
      'And because net 1.0.0 needs core ^2 and jira 1.0.0 needs core <2, app 1.0.0 and jira 1.0.0 cannot be installed together.',
      'So, because you asked for app and jira, there is no solution.',
    ],
  },
  {
    claim: 'every version fails for a reason of its own',
    universe: {
      slack: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'], '3.0.0': ['net@^9'] },
      core: { '1.0.0': ['gone'], '2.0.0!': [] },
      net: { '1.0.0': [] },
    },
    ask: ['slack'],
    want: [
      'Because slack 1.0.0 needs core ^1 and core 1.0.0 needs gone, slack 1.0.0 needs gone.',
      'And because slack 2.0.0 needs core ^2 and no registry has gone, slack <=2.0.0 needs core ^2.',
      'And because slack 3.0.0 needs net ^9 and no version of core satisfies ^2 (2.0.0 is yanked: broken), every version of slack needs net ^9.',
      'So, because you asked for slack and no version of net satisfies ^9 (available: 1.0.0), there is no solution.',
    ],
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
    want: [
      'Because foo 1.0.0 needs a ^1 and a 1.0.0 needs b ^2, foo 1.0.0 needs b ^2.',
      '(1) And because foo 1.0.0 needs b ^1, foo 1.0.0 cannot be installed.',
      'Because foo 1.1.0 needs x ^1 and x 1.0.0 needs y ^2, foo 1.1.0 needs y ^2.',
      'And because foo 1.1.0 needs y ^1, foo 1.1.0 cannot be installed.',
      'And because foo 1.0.0 cannot be installed (1), no version of foo can be installed.',
      'So, because you asked for foo ^1, there is no solution.',
    ],
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
    want: [
      'Because a 1.0.0 needs x and x 1.0.0 needs core ^1, a 1.0.0 needs core ^1.',
      '(1) And because a 1.1.0 needs y and y 1.0.0 needs core ^1, every version of a needs core ^1.',
      'Because b 1.0.0 needs z and z 1.0.0 needs core ^2, b 1.0.0 needs core ^2.',
      'And because b 2.0.0 needs w and w 1.0.0 needs core ^2, every version of b needs core ^2.',
      'And because every version of a needs core ^1 (1), no version of a can be installed together with any version of b.',
      'So, because you asked for a and b, there is no solution.',
    ],
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
    want: [
      'Because jira 1.0.0 needs net ^2 and no version of net satisfies ^2 (available: 1.0.0), jira 1.0.0 cannot be installed.',
      'So, because you asked for jira, there is no solution.',
      '',
      'Because jira 1.0.0 needs core <2 and slack 2.1.0 needs core ^2, jira 1.0.0 and slack 2.1.0 cannot be installed together.',
      'So, because you asked for jira and slack, there is no solution.',
      '',
      'Because slack 2.1.0 needs gone and no registry has gone, slack 2.1.0 cannot be installed.',
      'So, because you asked for slack, there is no solution.',
    ],
  },
];

describe('a proof that there is no solution', () => {
  for (const { claim, want, ...one } of ROWS) {
    test(`tells of ${claim}`, () => assert.deepEqual(proofs(one), want));
  }
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
