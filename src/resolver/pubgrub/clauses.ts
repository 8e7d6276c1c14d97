import SemVer from 'semver/classes/semver.js';
import type { Catalog, LookupGenerator } from './catalog.ts';
import { type Dependency, type Incompatibility, incompatibility } from './model/incompatibility.ts';
import type { Candidate, Problem, Root } from './model/problem.ts';
import { negativeTerm, positiveTerm } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';
import { versionsInRange } from './parse-dependencies.ts';
import type { Choice, Pool } from './pool.ts';

/** Creates the incompatibilities that state the facts about packs, each once. */
export class Clauses<C extends Candidate> {
  readonly #problem: Problem;
  readonly #catalog: Catalog<C>;
  readonly #waived: ReadonlySet<string>;
  readonly #introduced = new Set<string>();
  /** The choices for which a dependency is already stated. */
  readonly #stated = new Map<Dependency, Set<Choice<C>>>();

  /** @param waived refs that are assumed to be present in a matching version */
  constructor(problem: Problem, catalog: Catalog<C>, waived: ReadonlySet<string>) {
    this.#problem = problem;
    this.#catalog = catalog;
    this.#waived = waived;
  }

  /** @throws InvalidConstraint */
  *forRoots(): LookupGenerator<C, Incompatibility[]> {
    const clauses: Incompatibility[] = [];
    for (const root of this.#problem.roots) {
      const versions = rootVersions(root);
      if (this.#waived.has(root.ref)) continue;
      if (this.#problem.allowMissing && (yield* this.#isMissing(root.ref, versions))) continue;
      clauses.push(rootClause(root, versions));
    }
    return clauses;
  }

  /** Returns the facts about a pack that do not depend on its versions. */
  forPack(ref: string): Incompatibility[] {
    if (this.#introduced.has(ref)) return [];
    this.#introduced.add(ref);
    const reason = this.#problem.excluded?.get(ref);
    if (reason !== undefined)
      return [incompatibility([positiveTerm(ref, VersionSet.ANY)], { kind: 'excluded', ref, reason })];
    const held = this.#problem.held?.get(ref);
    if (!held?.required) return [];
    const others = VersionSet.exactly(new SemVer(held.version)).complement();
    const { version } = held;
    return [incompatibility([positiveTerm(ref, others)], { kind: 'held', ref, version, reason: held.reason })];
  }

  /**
   * Returns the fact that a pack is missing, that it keeps its version, or that none of its versions is in a set. Of a pack
   * that no registry was queried for, only the held version is known, so that nothing is said about others.
   */
  forNoVersion({ ref, choices, missing, complete }: Pool<C>, versions: VersionSet): Incompatibility {
    const held = complete ? undefined : this.#problem.held?.get(ref);
    if (held) {
      const { version, reason } = held;
      return incompatibility([positiveTerm(ref, versions)], { kind: 'held', ref, version, reason });
    }
    if (missing) return incompatibility([positiveTerm(ref, VersionSet.ANY)], { kind: 'missing', ref });
    return incompatibility([positiveTerm(ref, versions)], {
      kind: 'no-version',
      ref,
      available: choices.map(({ version }) => version.version).reverse(),
      ineligible: choices
        .flatMap(({ version, ineligible }) => (ineligible && versions.contains(version) ? ineligible : []))
        .reverse(),
    });
  }

  /** Returns the dependencies of a version. Adjacent versions with the same dependency share an incompatibility. */
  *forVersion(pool: Pool<C>, choice: Choice<C>): LookupGenerator<C, Incompatibility[]> {
    const { ref } = pool;
    const { dependencies, problems } = this.#catalog.dependenciesOf(choice);
    if (problems.length > 0) {
      const { version } = choice.version;
      const term = positiveTerm(ref, surroundingVersions(pool, pool.choices.indexOf(choice)));
      return [incompatibility([term], { kind: 'unparsable', ref, version, problems })];
    }
    const clauses: Incompatibility[] = [];
    for (const dependency of dependencies) {
      if (this.#stated.get(dependency)?.has(choice) || this.#waived.has(dependency.ref)) continue;
      if (this.#problem.allowMissing && (yield* this.#isMissing(dependency.ref, dependency.versions))) continue;
      const terms = [
        positiveTerm(ref, this.#versionsWith(dependency, pool, choice)),
        negativeTerm(dependency.ref, dependency.versions),
      ];
      clauses.push(incompatibility(terms, { kind: 'dependency', ref, dependency }));
    }
    return clauses;
  }

  /** Checks whether a pack could be part of the solution. */
  canBeSelected(ref: string): boolean {
    return !this.#waived.has(ref) && !this.#problem.excluded?.has(ref) && !this.#catalog.known(ref)?.missing;
  }

  *#isMissing(ref: string, versions: VersionSet): LookupGenerator<C, boolean> {
    if (this.#problem.excluded?.has(ref)) return false;
    return (yield* this.#catalog.pool(ref, versions)).missing;
  }

  /** Returns the versions around a choice, up to the next eligible one that does not have the same dependency. */
  #versionsWith(dependency: Dependency, pool: Pool<C>, choice: Choice<C>): VersionSet {
    const { choices } = pool;
    const hasDependency = (one: Choice<C> | undefined) =>
      one !== undefined &&
      (one.ineligible !== undefined || this.#catalog.dependenciesOf(one).dependencies.includes(dependency));
    let first = choices.indexOf(choice);
    let last = first;
    while (hasDependency(choices[first - 1])) first--;
    while (hasDependency(choices[last + 1])) last++;
    const stated = this.#stated.get(dependency) ?? new Set();
    for (const one of choices.slice(first, last + 1)) stated.add(one);
    this.#stated.set(dependency, stated);
    return surroundingVersions(pool, first, last);
  }
}

/**
 * Returns the versions of a run of choices with the gaps to the adjacent choices. The gaps contain no versions, and a
 * contiguous set is easier to reason with.
 */
function surroundingVersions<C extends Candidate>(
  { choices, complete }: Pool<C>,
  first: number,
  last = first,
): VersionSet {
  if (!complete) return VersionSet.exactly(choices[first]!.version);
  return VersionSet.between(choices[first - 1]?.version, choices[last + 1]?.version);
}

function rootVersions(root: Root): VersionSet {
  if (root.kind === 'given') return VersionSet.exactly(new SemVer(root.version));
  return root.kind === 'requested' ? versionsInRange(root.range) : VersionSet.ANY;
}

function rootClause(root: Root, versions: VersionSet): Incompatibility {
  const { ref } = root;
  const term = negativeTerm(ref, versions);
  switch (root.kind) {
    case 'requested':
      return incompatibility([term], { kind: 'requested', ref, range: root.range });
    case 'given':
      return incompatibility([term], { kind: 'given', ref, version: root.version });
    case 'installed':
      return incompatibility([term], { kind: 'installed', ref });
  }
}
