/**
 * The stress tests of other resolvers, rewritten for packs: each takes hours if the search does not learn from conflicts.
 * The refs of the cases are distinct, so that all of them can be combined in one registry.
 */
import type { Universe } from './universe.ts';

export interface HardCase {
  readonly title: string;
  /** The resolver whose test suite has a similar case. */
  readonly from: string;
  readonly universe: Universe;
  readonly roots: readonly string[];
  /** Some versions of the solution; `undefined` if there is none. */
  readonly want: Readonly<Record<string, string>> | undefined;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Returns the versions `1.0.0`, `1.0.1`, ... with their dependencies. */
const patches = (count: number, dependencies: (i: number) => readonly string[]) =>
  Object.fromEntries(range(count).map((i) => [`1.0.${i}`, dependencies(i)]));

/** Returns packs with a number of versions each, which depend on the next pack. */
function chain(name: string, length: number, versions: number, end: readonly string[]): Universe {
  return Object.fromEntries(
    range(length).map((i) => [`${name}-${i}`, patches(versions, () => (i + 1 < length ? [`${name}-${i + 1}`] : end))]),
  );
}

/** Every one of depth times breadth versions leads to a missing pack. */
function levels(depth: number, breadth: number): HardCase {
  return {
    title: 'every path through many versions leads to a missing pack',
    from: 'cargo',
    universe: chain('level', depth, breadth, ['level-nowhere']),
    roots: ['level-0'],
    want: undefined,
  };
}

/** The chain has many versions to try, none of which is related to the conflict. */
function traps(depth: number, breadth: number): HardCase {
  return {
    title: 'a long chain of many versions precedes a pack that fails for an unrelated reason',
    from: 'cargo',
    universe: { ...chain('trap', depth, breadth, []), 'trap-cloak': patches(breadth + 10, () => ['trap-bad@1.0.1']) },
    roots: ['trap-0', 'trap-cloak'],
    want: undefined,
  };
}

function cousins(depth: number, breadth: number): HardCase {
  return {
    title: 'the end of a long chain and another pack share only one version of a dependency',
    from: 'cargo',
    universe: {
      ...chain('cousin', depth, breadth, ['cousin-shared>=1.1.0,<=2.0.0']),
      'cousin-shared': { ...patches(breadth + 10, () => []), '1.1.0': [], '2.0.0': [], '2.0.1': [] },
      'cousin-other': { '1.0.0': ['cousin-shared@2'], '1.1.0': ['cousin-shared@~1.0'], '1.2.0': ['cousin-shared@>2'] },
    },
    roots: ['cousin-0', 'cousin-other'],
    want: { 'cousin-shared': '2.0.0', 'cousin-other': '1.0.0' },
  };
}

function siblings(count: number, noise: number): HardCase {
  return {
    title: 'two siblings share one of many versions, with unrelated packs between them',
    from: 'cargo',
    universe: {
      'sibling-top': {
        '1.0.0': ['sibling-one@1.0.0', 'sibling-noise-1@^1', 'sibling-noise-2@^1', `sibling-shared@<=1.0.${count / 2}`],
      },
      'sibling-one': { '1.0.0': [`sibling-shared@>=1.0.${count / 2}`] },
      'sibling-noise-1': patches(noise, () => []),
      'sibling-noise-2': patches(noise, () => []),
      'sibling-shared': patches(count, () => []),
    },
    roots: ['sibling-top'],
    want: { 'sibling-shared': `1.0.${count / 2}` },
  };
}

/** A client library whose releases each pin their own core, which does not support a new version of a dependency. */
function releases(count: number, wanted: string): HardCase {
  const solved = wanted === '1';
  const name = `sdk-${wanted}`;
  return {
    title: solved
      ? 'only the first of hundreds of releases with pinned dependencies allows the requested version'
      : 'none of hundreds of releases with pinned dependencies allows the requested version',
    from: 'pip and uv',
    universe: {
      [name]: patches(count, (i) => [`${name}-core@1.0.${i}`, `${name}-transfer@^1`]),
      [`${name}-core`]: patches(count, (i) => [i === 0 && solved ? `${name}-http` : `${name}-http@<2`]),
      [`${name}-transfer`]: patches(count, (i) => [`${name}-core@>=1.0.${i >> 3}`]),
      [`${name}-http`]: { '1.26.0': [], '2.0.0': [] },
    },
    roots: [name, `${name}-http@2`],
    want: solved ? { [name]: '1.0.0' } : undefined,
  };
}

/** A cycle of packs that all have to be downgraded to the same version. */
function downgrade(count: number): HardCase {
  return {
    title: 'packs in a cycle have to be downgraded together, one release at a time',
    from: 'pub',
    universe: Object.fromEntries([
      ...range(12).map((i) => [
        `down-${i}`,
        patches(count, (version) => [`down-${(i + 1) % 12}@<=1.0.${version}`, `down-base@<=1.0.${version}`]),
      ]),
      ['down-base', patches(count, (i) => (i === 1 ? [] : ['down-nowhere']))],
    ]),
    roots: ['down-0'],
    want: { 'down-base': '1.0.1' },
  };
}

/** The pigeonhole problem with n + 1 packs and n holes, which is hard for every resolver, so n is small. */
function pigeons(holes: number): HardCase {
  const version = (hole: number) => `${hole + 1}.0.0`;
  return {
    title: 'the pigeonhole problem',
    from: 'SAT solvers',
    universe: Object.fromEntries(
      range(holes + 1).map((pigeon) => [
        `pigeon-${pigeon}`,
        Object.fromEntries(
          range(holes).map((hole) => [
            version(hole),
            range(holes + 1)
              .filter((other) => other !== pigeon)
              .map((other) => `pigeon-${other}!=${version(hole)}`),
          ]),
        ),
      ]),
    ),
    roots: range(holes + 1).map((pigeon) => `pigeon-${pigeon}`),
    want: undefined,
  };
}

const PUZZLE = [
  '53..7....',
  '6..195...',
  '.98....6.',
  '8...6...3',
  '4..8.3..1',
  '7...2...6',
  '.6....28.',
  '...419..5',
  '....8..79',
].join('');
const SOLVED_FIRST_ROW = '534678912';

/** A pack for each cell and a version for each digit, which no other cell of the same row, column or box may have. */
function sudoku(): HardCase {
  const refOf = (cell: number) => `cell-${Math.floor(cell / 9)}-${cell % 9}`;
  const boxOf = (cell: number) => Math.floor(cell / 27) * 3 + Math.floor((cell % 9) / 3);
  const conflicts = (one: number, other: number) =>
    one !== other &&
    (Math.floor(one / 9) === Math.floor(other / 9) || one % 9 === other % 9 || boxOf(one) === boxOf(other));
  const cells = range(81);
  return {
    title: 'a sudoku',
    from: 'pubgrub-rs',
    universe: Object.fromEntries(
      cells.map((cell) => [
        refOf(cell),
        Object.fromEntries(
          range(9).map((digit) => [
            `${digit + 1}.0.0`,
            cells.filter((other) => conflicts(cell, other)).map((other) => `${refOf(other)}!=${digit + 1}.0.0`),
          ]),
        ),
      ]),
    ),
    roots: cells.map((cell) => (PUZZLE[cell] === '.' ? refOf(cell) : `${refOf(cell)}@${PUZZLE[cell]}.0.0`)),
    want: Object.fromEntries([...SOLVED_FIRST_ROW].map((digit, column) => [`cell-0-${column}`, `${digit}.0.0`])),
  };
}

/** Returns all cases, in the size of the original test suites. */
export function hardCases(): readonly HardCase[] {
  return [
    levels(200, 100),
    traps(200, 100),
    cousins(100, 50),
    siblings(100, 45),
    releases(300, '2'),
    releases(300, '1'),
    downgrade(40),
    pigeons(5),
    sudoku(),
  ];
}
