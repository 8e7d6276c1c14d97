import SemVer from 'semver/classes/semver.js';
import type { Asking, Catalogue } from './catalog.ts';
import { type Incompatibility, incompatibility } from './model/incompatibility.ts';
import type { Candidate, Problem, Root } from './model/problem.ts';
import { isIn, isNotIn } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';
import { type Need, wantedVersions } from './parse-dependencies.ts';
import type { Choice, Pool } from './pool.ts';

/** Says what is known of packs in the words of the solver, everything once. */
export class Clauses<C extends Candidate> {
  readonly #problem: Problem;
  readonly #catalogue: Catalogue<C>;
  readonly #waived: ReadonlySet<string>;
  readonly #introduced = new Set<string>();
  readonly #told = new Map<Need, Set<Choice<C>>>();

  /** @param waived refs that are taken as there, whatever is wanted of them */
  constructor(problem: Problem, catalogue: Catalogue<C>, waived: ReadonlySet<string>) {
    this.#problem = problem;
    this.#catalogue = catalogue;
    this.#waived = waived;
  }

  /** @throws InvalidConstraint */
  *ofRoots(): Asking<C, Incompatibility[]> {
    const clauses: Incompatibility[] = [];
    for (const root of this.#problem.roots) {
      const versions = rootVersions(root);
      if (this.#waived.has(root.ref)) continue;
      if (this.#problem.leaveMissing && (yield* this.#isMissing(root.ref, versions))) continue;
      clauses.push(rootClause(root, versions));
    }
    return clauses;
  }

  /** What is so of a pack whatever its versions are. */
  ofRef(ref: string): Incompatibility[] {
    if (this.#introduced.has(ref)) return [];
    this.#introduced.add(ref);
    const why = this.#problem.excluded?.get(ref);
    if (why !== undefined) return [incompatibility([isIn(ref, VersionSet.ANY)], { kind: 'excluded', ref, why })];
    const held = this.#problem.held?.get(ref);
    if (!held?.firm) return [];
    const others = VersionSet.exactly(new SemVer(held.version)).complement();
    return [incompatibility([isIn(ref, others)], { kind: 'held', ref, version: held.version, as: held.as })];
  }

  /** That there is none, or none in a set. */
  ofNone({ ref, choices, missing }: Pool<C>, versions: VersionSet): Incompatibility {
    if (missing) return incompatibility([isIn(ref, VersionSet.ANY)], { kind: 'missing', ref });
    return incompatibility([isIn(ref, versions)], {
      kind: 'no-version',
      ref,
      available: choices.map(({ version }) => version.version).reverse(),
      passedOver: choices
        .flatMap(({ version, barred }) => (barred && versions.contains(version) ? barred : []))
        .reverse(),
    });
  }

  /** What a version needs. Its neighbours that need the same are told of with it. */
  *ofChoice(pool: Pool<C>, choice: Choice<C>): Asking<C, Incompatibility[]> {
    const { ref } = pool;
    const { needs, problems } = this.#catalogue.needsOf(choice);
    if (problems.length > 0) {
      const { version } = choice.version;
      const term = isIn(ref, around(pool, pool.choices.indexOf(choice)));
      return [incompatibility([term], { kind: 'unreadable', ref, version, problems })];
    }
    const clauses: Incompatibility[] = [];
    for (const need of needs) {
      if (this.#told.get(need)?.has(choice) || this.#waived.has(need.ref)) continue;
      if (this.#problem.leaveMissing && (yield* this.#isMissing(need.ref, need.versions))) continue;
      const versions = this.#needing(need, pool, choice);
      clauses.push(
        incompatibility([isIn(ref, versions), isNotIn(need.ref, need.versions)], { kind: 'needs', ref, need }),
      );
    }
    return clauses;
  }

  /** Whether a pack could ever be there. */
  canCome(ref: string): boolean {
    return !this.#waived.has(ref) && !this.#problem.excluded?.has(ref) && !this.#catalogue.known(ref)?.missing;
  }

  *#isMissing(ref: string, versions: VersionSet): Asking<C, boolean> {
    if (this.#problem.excluded?.has(ref)) return false;
    return (yield* this.#catalogue.pool(ref, versions)).missing;
  }

  /** The versions around one, up to the next that can be chosen and does not need the same. */
  #needing(need: Need, pool: Pool<C>, choice: Choice<C>): VersionSet {
    const { choices } = pool;
    const same = (one: Choice<C> | undefined) =>
      one !== undefined && (one.barred !== undefined || this.#catalogue.needsOf(one).needs.includes(need));
    let first = choices.indexOf(choice);
    let last = first;
    while (same(choices[first - 1])) first--;
    while (same(choices[last + 1])) last++;
    const told = this.#told.get(need) ?? new Set();
    for (const one of choices.slice(first, last + 1)) told.add(one);
    this.#told.set(need, told);
    return around(pool, first, last);
  }
}

/**
 * A run of choices, and all that lies between it and its neighbours: there is nothing there, and one set that leaves no
 * gap to the next is easier to reason with.
 */
function around<C extends Candidate>({ choices, complete }: Pool<C>, first: number, last = first): VersionSet {
  if (!complete) return VersionSet.exactly(choices[first]!.version);
  return VersionSet.between(choices[first - 1]?.version, choices[last + 1]?.version);
}

function rootVersions(root: Root): VersionSet {
  if (root.kind === 'given') return VersionSet.exactly(new SemVer(root.version));
  return root.kind === 'wanted' ? wantedVersions(root.range) : VersionSet.ANY;
}

function rootClause(root: Root, versions: VersionSet): Incompatibility {
  const { ref } = root;
  const term = isNotIn(ref, versions);
  switch (root.kind) {
    case 'wanted':
      return incompatibility([term], { kind: 'asked', ref, range: root.range });
    case 'given':
      return incompatibility([term], { kind: 'given', ref, version: root.version });
    case 'kept':
      return incompatibility([term], { kind: 'kept', ref });
  }
}
