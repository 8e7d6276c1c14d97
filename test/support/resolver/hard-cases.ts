/**
 * The cases with which other resolvers are tried out, told anew: each makes a search that does not learn from what went
 * wrong go on for hours. All of them together are one registry, in which every case has refs of its own.
 */
import type { Universe } from './universe.ts';

export interface HardCase {
  readonly claim: string;
  /** Whose suite has one like it. */
  readonly from: string;
  readonly universe: Universe;
  readonly ask: readonly string[];
  /** Some of the versions of the solution; `undefined` where there is none. */
  readonly want: Readonly<Record<string, string>> | undefined;
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

/** `1.0.0`, `1.0.1`, ... */
const patches = (count: number, needs: (at: number) => readonly string[]) =>
  Object.fromEntries(range(count).map((at) => [`1.0.${at}`, needs(at)]));

/** Packs of that many versions each, of which each needs the next. */
function chain(name: string, length: number, versions: number, end: readonly string[]): Universe {
  return Object.fromEntries(
    range(length).map((at) => [
      `${name}-${at}`,
      patches(versions, () => (at + 1 < length ? [`${name}-${at + 1}`] : end)),
    ]),
  );
}

/** Every one of depth times breadth versions is a way to nowhere. */
function levels(depth: number, breadth: number): HardCase {
  return {
    claim: 'all ways of many lead to a pack that nobody has',
    from: 'cargo',
    universe: chain('level', depth, breadth, ['level-nowhere']),
    ask: ['level-0'],
    want: undefined,
  };
}

/** The chain has many versions to try, and not one of them has to do with what is wrong. */
function traps(depth: number, breadth: number): HardCase {
  return {
    claim: 'a long chain of many versions stands before a pack that cannot be had for another reason',
    from: 'cargo',
    universe: { ...chain('trap', depth, breadth, []), 'trap-cloak': patches(breadth + 10, () => ['trap-bad@1.0.1']) },
    ask: ['trap-0', 'trap-cloak'],
    want: undefined,
  };
}

function cousins(depth: number, breadth: number): HardCase {
  return {
    claim: 'the end of a long chain wants what a cousin rules out, up to one version that suits both',
    from: 'cargo',
    universe: {
      ...chain('cousin', depth, breadth, ['cousin-shared>=1.1.0,<=2.0.0']),
      'cousin-shared': { ...patches(breadth + 10, () => []), '1.1.0': [], '2.0.0': [], '2.0.1': [] },
      'cousin-other': { '1.0.0': ['cousin-shared@2'], '1.1.0': ['cousin-shared@~1.0'], '1.2.0': ['cousin-shared@>2'] },
    },
    ask: ['cousin-0', 'cousin-other'],
    want: { 'cousin-shared': '2.0.0', 'cousin-other': '1.0.0' },
  };
}

function siblings(count: number, noise: number): HardCase {
  return {
    claim: 'two siblings meet in one of many versions, with packs between them that have nothing to do with it',
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
    ask: ['sibling-top'],
    want: { 'sibling-shared': `1.0.${count / 2}` },
  };
}

/** A client library whose every release pins its own core, and a core that is years behind in what it lets in. */
function releases(count: number, wanted: string): HardCase {
  const solved = wanted === '1';
  const name = `sdk-${wanted}`;
  return {
    claim: solved
      ? 'only the very first of hundreds of releases that pin each other lets in what is wanted'
      : 'none of hundreds of releases that pin each other lets in what is wanted',
    from: 'pip and uv',
    universe: {
      [name]: patches(count, (at) => [`${name}-core@1.0.${at}`, `${name}-transfer@^1`]),
      [`${name}-core`]: patches(count, (at) => [at === 0 && solved ? `${name}-http` : `${name}-http@<2`]),
      [`${name}-transfer`]: patches(count, (at) => [`${name}-core@>=1.0.${at >> 3}`]),
      [`${name}-http`]: { '1.26.0': [], '2.0.0': [] },
    },
    ask: [name, `${name}-http@2`],
    want: solved ? { [name]: '1.0.0' } : undefined,
  };
}

/** The newest versions of everything want one thing of a shared pack, and one old pack wants another. */
function downgrade(count: number): HardCase {
  return {
    claim: 'packs that only go down together, one release after the other',
    from: 'pub',
    universe: Object.fromEntries([
      ...range(12).map((at) => [
        `down-${at}`,
        patches(count, (version) => [`down-${(at + 1) % 12}@<=1.0.${version}`, `down-base@<=1.0.${version}`]),
      ]),
      ['down-base', patches(count, (at) => (at === 1 ? [] : ['down-nowhere']))],
    ]),
    ask: ['down-0'],
    want: { 'down-base': '1.0.1' },
  };
}

/** n + 1 packs, each in one of n holes: what no resolver is good at, so that n stays small. */
function pigeons(holes: number): HardCase {
  const version = (hole: number) => `${hole + 1}.0.0`;
  return {
    claim: 'one pigeon more than there are holes',
    from: 'solvers of Boolean formulas',
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
    ask: range(holes + 1).map((pigeon) => `pigeon-${pigeon}`),
    want: undefined,
  };
}

const GIVEN = [
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

/** A pack for each cell and a version for each digit, which no other cell of its row, column and box may have. */
function sudoku(): HardCase {
  const refOf = (cell: number) => `cell-${Math.floor(cell / 9)}-${cell % 9}`;
  const boxOf = (cell: number) => Math.floor(cell / 27) * 3 + Math.floor((cell % 9) / 3);
  const touches = (one: number, other: number) =>
    one !== other &&
    (Math.floor(one / 9) === Math.floor(other / 9) || one % 9 === other % 9 || boxOf(one) === boxOf(other));
  const cells = range(81);
  return {
    claim: 'a Sudoku',
    from: 'pubgrub-rs',
    universe: Object.fromEntries(
      cells.map((cell) => [
        refOf(cell),
        Object.fromEntries(
          range(9).map((digit) => [
            `${digit + 1}.0.0`,
            cells.filter((other) => touches(cell, other)).map((other) => `${refOf(other)}!=${digit + 1}.0.0`),
          ]),
        ),
      ]),
    ),
    ask: cells.map((cell) => (GIVEN[cell] === '.' ? refOf(cell) : `${refOf(cell)}@${GIVEN[cell]}.0.0`)),
    want: Object.fromEntries([...SOLVED_FIRST_ROW].map((digit, column) => [`cell-0-${column}`, `${digit}.0.0`])),
  };
}

/** As large as the suites that they are known from. */
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
