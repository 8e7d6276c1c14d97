/**
 * The version solver: PubGrub, by Natalie Weizenbaum (github.com/dart-lang/pub, doc/solver.md), as in pub, uv and poetry.
 *
 * It keeps a list of incompatibilities, things that cannot all be true, and a partial solution. What an incompatibility
 * leaves as the only way out is derived (unit propagation); when nothing more follows, a version is decided upon. When an
 * incompatibility comes true, it is resolved with what led there into a new one that names the real reason, and the
 * search goes back to before that reason and does not run into it again. In the end there is a solution, or an
 * incompatibility of nothing at all, whose derivation is the proof that there is none.
 *
 * The solver waits for nothing. It is a generator that gives out the refs that it has to know about and is resumed with
 * the answers, so that who asks a registry, and how, is none of its business.
 */
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { Asking, Catalogue } from './catalog.ts';
import { Clauses } from './clauses.ts';
import { Deduction } from './deduction.ts';
import { Heap } from './heap.ts';
import type { Incompatibility } from './model/incompatibility.ts';
import type { Candidate, Problem } from './model/problem.ts';
import type { VersionSet } from './model/version-set.ts';
import type { Choice, Pool } from './pool.ts';
import { type Stuck, unasked } from './prereleases.ts';
import { Asks } from './prereleases-allowed.ts';
import { bestFirst, type Selection, select } from './selection.ts';

/** The versions that were decided upon, by ref. */
export type Chosen<C extends Candidate> = ReadonlyMap<string, Choice<C>>;

/** A pack that has to be there, with the versions that are left of it, the best first. */
interface Option<C extends Candidate> {
  readonly pool: Pool<C>;
  readonly versions: VersionSet;
  readonly open: readonly Choice<C>[];
}

const MAX_CONFLICTS = 20_000;

/**
 * @param waived refs that are taken as there, whatever is wanted of them
 * @returns what was chosen, or the incompatibility of nothing
 * @throws ResolutionTooHard; InvalidConstraint for a root's range that is none
 */
export function* solve<C extends Candidate>(
  problem: Problem,
  catalogue: Catalogue<C>,
  waived: ReadonlySet<string> = new Set(),
): Asking<C, Chosen<C> | Incompatibility> {
  const solver = new Solver(problem, catalogue, waived);
  return yield* solver.run();
}

class Solver<C extends Candidate> {
  readonly #catalogue: Catalogue<C>;
  readonly #clauses: Clauses<C>;
  readonly #deduction: Deduction;
  readonly #options = new Heap<Option<C>>(isNarrower);
  /** Packs of which prereleases can be chosen as soon as somebody asks for them. */
  readonly #sleepers = new Map<string, Selection<C> & Stuck<C>>();
  readonly #asks: Asks;
  /** Also what was decided before the way back; only what is decided in the partial solution counts. */
  readonly #choices = new Map<string, Choice<C>>();

  constructor(problem: Problem, catalogue: Catalogue<C>, waived: ReadonlySet<string>) {
    this.#catalogue = catalogue;
    this.#clauses = new Clauses(problem, catalogue, waived);
    this.#asks = new Asks(problem.roots);
    this.#deduction = new Deduction(problem.maxConflicts ?? MAX_CONFLICTS);
  }

  *run(): Asking<C, Chosen<C> | Incompatibility> {
    const roots = yield* this.#clauses.ofRoots();
    const impossible = roots.find(({ terms }) => terms.length === 0);
    if (impossible) return impossible;
    let news: readonly string[] = this.#add(roots);
    while (news.length > 0) {
      const failure = this.#deduction.propagate(news);
      if (failure) return failure;
      news = yield* this.#decide();
    }
    return this.#chosen();
  }

  #add(clauses: readonly Incompatibility[]): string[] {
    for (const clause of clauses) this.#deduction.add(clause);
    return clauses.flatMap(({ terms }) => terms.map(({ ref }) => ref));
  }

  #chosen(): Map<string, Choice<C>> {
    return new Map([...this.#deduction.solution.decided.keys()].map((ref) => [ref, this.#choices.get(ref)!]));
  }

  /**
   * Decides upon the best version of the pack that has the fewest left, or finds out why that cannot be.
   * @returns the refs about which there is news; none when every pack has its version
   */
  *#decide(): Asking<C, readonly string[]> {
    const { changed } = this.#deduction.solution;
    for (const ref of changed) {
      const news = yield* this.#lookAt(ref);
      if (news.length > 0) return news;
      changed.delete(ref);
    }
    const { best, stuck } = this.#bestOption();
    if (best) return yield* this.#tryBest(best);
    if (stuck.length === 0) return [];
    return this.#add([unasked(stuck, this.#chosen(), this.#catalogue, (ref) => this.#clauses.canCome(ref))]);
  }

  /** Puts a pack among the options, or finds out why it is none. @returns the refs about which there is news */
  *#lookAt(ref: string): Asking<C, readonly string[]> {
    const versions = this.#deduction.solution.undecided.get(ref);
    if (!versions) return [];
    const about = this.#clauses.ofRef(ref);
    if (about.length > 0) return this.#add(about);
    const pool = this.#catalogue.ready(ref, versions) ?? (yield* this.#catalogue.pool(ref, versions));
    const { free, dormant } = select(pool, versions);
    if (free.length === 0 && dormant.length === 0) return this.#add([this.#clauses.ofNone(pool, versions)]);
    if (dormant.length === 0) this.#options.push({ pool, versions, open: free });
    else this.#sleepers.set(ref, { pool, versions, free, dormant });
    return [];
  }

  #bestOption(): { best: Option<C> | undefined; stuck: readonly Stuck<C>[] } {
    const { undecided } = this.#deduction.solution;
    const isPast = ({ pool, versions }: Pick<Option<C>, 'pool' | 'versions'>) => undecided.get(pool.ref) !== versions;
    while (this.#options.least && isPast(this.#options.least)) this.#options.pop();
    let best = this.#options.least;
    const stuck: Stuck<C>[] = [];
    for (const [ref, sleeper] of this.#sleepers) {
      if (isPast(sleeper)) {
        this.#sleepers.delete(ref);
        continue;
      }
      const open = this.#withAskedFor(ref, sleeper);
      if (open.length === 0) stuck.push(sleeper);
      else if (!best || isNarrower({ ...sleeper, open }, best)) best = { ...sleeper, open };
    }
    return { best, stuck };
  }

  /** A version that contradicts what is known is not decided upon: the contradiction is the news. */
  *#tryBest({ pool, open }: Option<C>): Asking<C, readonly string[]> {
    const { ref } = pool;
    const choice = open[0]!;
    const { solution } = this.#deduction;
    const clauses = yield* this.#clauses.ofChoice(pool, choice);
    this.#add(clauses);
    const fits = clauses.every(({ terms }) =>
      terms.some((term) =>
        term.ref === ref
          ? term.positive !== term.versions.contains(choice.version)
          : solution.relation(term) !== 'satisfied',
      ),
    );
    if (fits) {
      solution.decide(ref, choice.version);
      this.#choices.set(ref, choice);
      this.#asks.add(ref, choice.version.version, this.#catalogue.needsOf(choice).needs);
    }
    return [ref];
  }

  /** Who asks has been decided upon before, so that on the way back it goes after what it has asked for. */
  #withAskedFor(ref: string, { free, dormant }: Selection<C>): readonly Choice<C>[] {
    const { decided } = this.#deduction.solution;
    const asked = this.#asks.of(ref, (by, version) => decided.get(by)?.version === version);
    if (asked.isEmpty) return free;
    const awake = dormant.filter(({ version }) => asked.contains(version));
    return awake.length === 0 ? free : [...free, ...awake].sort(bestFirst);
  }
}

function isNarrower<C extends Candidate>(one: Option<C>, other: Option<C>): boolean {
  const difference = one.open.length - other.open.length;
  return difference < 0 || (difference === 0 && compareCodePoints(one.pool.ref, other.pool.ref) < 0);
}
