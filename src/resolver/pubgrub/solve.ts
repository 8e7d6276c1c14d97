/**
 * The version solver: PubGrub, by Natalie Weizenbaum (github.com/dart-lang/pub, doc/solver.md), as in pub, uv and poetry.
 *
 * The solver has a list of incompatibilities, which are sets of terms that cannot all be true, and a partial solution. Unit
 * propagation derives the only remaining possibility of an incompatibility; when nothing more follows, a version is
 * decided. When all terms of an incompatibility are satisfied, it is resolved with the causes of its terms into a root
 * cause, and the solver backtracks to before that cause and does not repeat it. The result is a solution, or an
 * incompatibility without terms, whose derivation proves that there is none.
 *
 * The solver is synchronous. It is a generator that yields the refs that it has to look up and is resumed with the results,
 * so that it is independent of registries. It yields nothing between decisions, so that a signal can end a long search.
 */
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { Catalog, LookupGenerator } from './catalog.ts';
import { Clauses } from './clauses.ts';
import { Heap } from './heap.ts';
import type { Incompatibility } from './model/incompatibility.ts';
import type { Candidate, Problem } from './model/problem.ts';
import type { VersionSet } from './model/version-set.ts';
import { bestFirst, type Choice, type Pool, type Selection, selectVersions } from './pool.ts';
import { type PrereleaseOnlyPack, prereleaseIncompatibility, RequestedVersions } from './prereleases.ts';
import { Propagator } from './propagator.ts';

/** The decided versions by ref. */
export type Chosen<C extends Candidate> = ReadonlyMap<string, Choice<C>>;

/** A required pack without a decision, with its remaining versions. */
interface Option<C extends Candidate> {
  readonly pool: Pool<C>;
  readonly versions: VersionSet;
  /** The versions that can be chosen, best first. */
  readonly choices: readonly Choice<C>[];
}

const MAX_CONFLICTS = 20_000;

/**
 * @param waived refs that are assumed to be present in a matching version
 * @returns the chosen versions, or the incompatibility without terms
 * @throws ResolutionTooHard; InvalidConstraint for an invalid range of a root
 */
export function* solve<C extends Candidate>(
  problem: Problem,
  catalog: Catalog<C>,
  waived: ReadonlySet<string> = new Set(),
): LookupGenerator<C, Chosen<C> | Incompatibility> {
  const solver = new Solver(problem, catalog, waived);
  return yield* solver.run();
}

class Solver<C extends Candidate> {
  readonly #catalog: Catalog<C>;
  readonly #clauses: Clauses<C>;
  readonly #propagator: Propagator;
  readonly #options = new Heap<Option<C>>(hasFewerChoices);
  /** The packs of which prereleases can be chosen as soon as a requirement requests them. */
  readonly #prereleaseOptions = new Map<string, Selection<C> & PrereleaseOnlyPack<C>>();
  readonly #requested: RequestedVersions;
  /** All choices so far, including undone ones: only the decisions of the partial solution count. */
  readonly #choices = new Map<string, Choice<C>>();

  constructor(problem: Problem, catalog: Catalog<C>, waived: ReadonlySet<string>) {
    this.#catalog = catalog;
    this.#clauses = new Clauses(problem, catalog, waived);
    this.#requested = new RequestedVersions(problem.roots);
    this.#propagator = new Propagator(problem.maxConflicts ?? MAX_CONFLICTS);
  }

  *run(): LookupGenerator<C, Chosen<C> | Incompatibility> {
    const roots = yield* this.#clauses.forRoots();
    const unsatisfiable = roots.find(({ terms }) => terms.length === 0);
    if (unsatisfiable) return unsatisfiable;
    let changed: readonly string[] = this.#add(roots);
    while (changed.length > 0) {
      yield undefined;
      const failure = this.#propagator.propagate(changed);
      if (failure) return failure;
      changed = yield* this.#decide();
    }
    return this.#chosen();
  }

  #add(clauses: readonly Incompatibility[]): string[] {
    for (const clause of clauses) this.#propagator.add(clause);
    return clauses.flatMap(({ terms }) => terms.map(({ ref }) => ref));
  }

  #chosen(): Map<string, Choice<C>> {
    return new Map([...this.#propagator.solution.decided.keys()].map((ref) => [ref, this.#choices.get(ref)!]));
  }

  /**
   * Decides the best version of the pack with the fewest choices, or adds the incompatibility that prevents it.
   * @returns the changed refs; empty if every required pack has a version
   */
  *#decide(): LookupGenerator<C, readonly string[]> {
    const { changed } = this.#propagator.solution;
    for (const ref of changed) {
      const affected = yield* this.#updateOption(ref);
      if (affected.length > 0) return affected;
      changed.delete(ref);
    }
    const { best, blocked } = this.#bestOption();
    if (best) return yield* this.#tryBest(best);
    if (blocked.length === 0) return [];
    const canBeSelected = (ref: string) => this.#clauses.canBeSelected(ref);
    return this.#add([prereleaseIncompatibility(blocked, this.#chosen(), this.#catalog, canBeSelected)]);
  }

  /** Adds a pack to the options, or the incompatibility that prevents it. @returns the changed refs */
  *#updateOption(ref: string): LookupGenerator<C, readonly string[]> {
    const versions = this.#propagator.solution.undecided.get(ref);
    if (!versions) return [];
    const facts = this.#clauses.forPack(ref);
    if (facts.length > 0) return this.#add(facts);
    const pool = this.#catalog.poolWithoutLookup(ref, versions) ?? (yield* this.#catalog.pool(ref, versions));
    const { eligible, prereleases } = selectVersions(pool, versions);
    if (eligible.length === 0 && prereleases.length === 0)
      return this.#add([this.#clauses.forNoVersion(pool, versions)]);
    if (prereleases.length === 0) this.#options.push({ pool, versions, choices: eligible });
    else this.#prereleaseOptions.set(ref, { pool, versions, eligible, prereleases });
    return [];
  }

  #bestOption(): { best: Option<C> | undefined; blocked: readonly PrereleaseOnlyPack<C>[] } {
    const { undecided } = this.#propagator.solution;
    const isStale = ({ pool, versions }: Pick<Option<C>, 'pool' | 'versions'>) => undecided.get(pool.ref) !== versions;
    while (this.#options.least && isStale(this.#options.least)) this.#options.pop();
    let best = this.#options.least;
    const blocked: PrereleaseOnlyPack<C>[] = [];
    for (const [ref, option] of this.#prereleaseOptions) {
      if (isStale(option)) {
        this.#prereleaseOptions.delete(ref);
        continue;
      }
      const choices = this.#withRequestedPrereleases(ref, option);
      if (choices.length === 0) blocked.push(option);
      else if (!best || hasFewerChoices({ ...option, choices }, best)) best = { ...option, choices };
    }
    return { best, blocked };
  }

  /** Decides the best version unless it contradicts the partial solution; its dependencies are added in either case. */
  *#tryBest({ pool, choices }: Option<C>): LookupGenerator<C, readonly string[]> {
    const { ref } = pool;
    const choice = choices[0]!;
    const { solution } = this.#propagator;
    const clauses = yield* this.#clauses.forVersion(pool, choice);
    this.#add(clauses);
    const isConsistent = clauses.every(({ terms }) =>
      terms.some((term) =>
        term.ref === ref
          ? term.positive !== term.versions.contains(choice.version)
          : solution.relation(term) !== 'satisfied',
      ),
    );
    if (isConsistent) {
      solution.decide(ref, choice.version);
      this.#choices.set(ref, choice);
      this.#requested.add(ref, choice.version.version, this.#catalog.dependenciesOf(choice).dependencies);
    }
    return [ref];
  }

  /**
   * Returns the choices with the prereleases that decided versions request. The requesting version was decided first, so
   * backtracking undoes it after the prerelease.
   */
  #withRequestedPrereleases(ref: string, { eligible, prereleases }: Selection<C>): readonly Choice<C>[] {
    const { decided } = this.#propagator.solution;
    const requested = this.#requested.of(ref, (dependent, version) => decided.get(dependent)?.version === version);
    if (requested.isEmpty) return eligible;
    const matching = prereleases.filter(({ version }) => requested.contains(version));
    return matching.length === 0 ? eligible : [...eligible, ...matching].sort(bestFirst);
  }
}

function hasFewerChoices<C extends Candidate>(one: Option<C>, other: Option<C>): boolean {
  const difference = one.choices.length - other.choices.length;
  return difference < 0 || (difference === 0 && compareCodePoints(one.pool.ref, other.pool.ref) < 0);
}
