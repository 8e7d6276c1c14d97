import SemVer from 'semver/classes/semver.js';
import { exactVersion } from '../constraint.ts';
import type { Candidate, LookupResult, Problem, Root } from './model/problem.ts';
import type { VersionSet } from './model/version-set.ts';
import { DependencyParser, type ParsedDependencies } from './parse-dependencies.ts';
import { type Choice, createPool, localChoice, type Pool, singleVersionPool } from './pool.ts';

/**
 * A computation that yields the refs to look up and is resumed with the results. It also yields `undefined`, between steps
 * that look nothing up, so that its caller can do something else.
 */
export type LookupGenerator<C extends Candidate, T> = Generator<string | undefined, T, LookupResult<C> | undefined>;

/** The packs that are known so far. Each ref is looked up at most once. */
export class Catalog<C extends Candidate> {
  readonly #problem: Problem;
  readonly #pools = new Map<string, Pool<C>>();
  readonly #dependencies = new Map<readonly string[], ParsedDependencies>();
  readonly #parser = new DependencyParser();

  constructor(problem: Problem) {
    this.#problem = problem;
    for (const root of problem.roots) {
      if (root.kind !== 'given') continue;
      const choice = localChoice<C>(root.version, root.dependencies, false);
      this.#pools.set(root.ref, singleVersionPool(root.ref, choice, true));
    }
  }

  /** Returns the versions of a pack. If a held version matches, no lookup is necessary. */
  *pool(ref: string, versions: VersionSet): LookupGenerator<C, Pool<C>> {
    return this.poolWithoutLookup(ref, versions) ?? this.#store(this.#createPool(ref, (yield ref)!));
  }

  /** Returns the versions of a pack; `undefined` if a lookup is necessary. */
  poolWithoutLookup(ref: string, versions: VersionSet): Pool<C> | undefined {
    const known = this.#pools.get(ref);
    if (known?.complete) return known;
    const held = this.#problem.held?.get(ref);
    if (!held?.dependencies || !(held.required || versions.contains(new SemVer(held.version)))) return undefined;
    return known ?? this.#store(singleVersionPool(ref, localChoice(held.version, held.dependencies, true), false));
  }

  /** Returns the known versions of a pack; `undefined` if it was not looked up. */
  known(ref: string): Pool<C> | undefined {
    return this.#pools.get(ref);
  }

  dependenciesOf({ dependencies }: Choice<C>): ParsedDependencies {
    const known = this.#dependencies.get(dependencies);
    if (known) return known;
    const parsed = this.#parser.parse(dependencies);
    this.#dependencies.set(dependencies, parsed);
    return parsed;
  }

  #createPool(ref: string, listed: LookupResult<C>): Pool<C> {
    const { roots, held, notAfter } = this.#problem;
    const allowYanked = roots.some((root) => root.ref === ref && requestsExactVersion(root));
    const rules = { held: held?.get(ref), notAfter, allowYanked };
    const { version, dependencies } = rules.held ?? {};
    const installed = version && dependencies ? localChoice<C>(version, dependencies, true) : undefined;
    return createPool(ref, listed, this.#pools.get(ref)?.choices[0] ?? installed, rules);
  }

  #store(pool: Pool<C>): Pool<C> {
    this.#pools.set(pool.ref, pool);
    return pool;
  }
}

function requestsExactVersion(root: Root): boolean {
  return root.kind === 'requested' && exactVersion(root.range) !== undefined;
}
