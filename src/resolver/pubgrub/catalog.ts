import SemVer from 'semver/classes/semver.js';
import type { Answer, Candidate, Problem } from './model/problem.ts';
import type { VersionSet } from './model/version-set.ts';
import { NeedReader, type Needs } from './parse-dependencies.ts';
import { type Choice, choiceAtHand, type Pool, poolOfAll, poolOfOne } from './pool.ts';

/** The ref that somebody has to be asked about goes out, the answer comes in. */
export type Asking<C extends Candidate, T> = Generator<string, T, Answer<C>>;

/** All that is known of the packs so far; it grows by asking, each ref at most once. */
export class Catalogue<C extends Candidate> {
  readonly #problem: Problem;
  readonly #pools = new Map<string, Pool<C>>();
  readonly #needs = new Map<readonly string[], Needs>();
  readonly #reader = new NeedReader();

  constructor(problem: Problem) {
    this.#problem = problem;
    for (const root of problem.roots) {
      if (root.kind !== 'given') continue;
      this.#pools.set(root.ref, poolOfOne(root.ref, choiceAtHand(root.version, root.dependencies, false), true));
    }
  }

  /** The versions of a pack. A held one that will do is enough, and nobody is asked. */
  *pool(ref: string, wanted: VersionSet): Asking<C, Pool<C>> {
    return this.ready(ref, wanted) ?? this.#keep(this.#poolOf(ref, yield ref));
  }

  /** The same, where it takes no asking. */
  ready(ref: string, wanted: VersionSet): Pool<C> | undefined {
    const known = this.#pools.get(ref);
    if (known?.complete) return known;
    const held = this.#problem.held?.get(ref);
    if (!held?.dependencies || !(held.firm || wanted.contains(new SemVer(held.version)))) return undefined;
    return known ?? this.#keep(poolOfOne(ref, choiceAtHand(held.version, held.dependencies, true), false));
  }

  /** `undefined` where nobody has been asked for it. */
  known(ref: string): Pool<C> | undefined {
    return this.#pools.get(ref);
  }

  needsOf({ dependencies }: Choice<C>): Needs {
    const known = this.#needs.get(dependencies);
    if (known) return known;
    const needs = this.#reader.read(dependencies);
    this.#needs.set(dependencies, needs);
    return needs;
  }

  #poolOf(ref: string, listed: Answer<C>): Pool<C> {
    const { held, notAfter } = this.#problem;
    const rules = { held: held?.get(ref), notAfter };
    const { version, dependencies } = rules.held ?? {};
    const atHand = version && dependencies ? choiceAtHand<C>(version, dependencies, true) : undefined;
    return poolOfAll(ref, listed, this.#pools.get(ref)?.choices[0] ?? atHand, rules);
  }

  #keep(pool: Pool<C>): Pool<C> {
    this.#pools.set(pool.ref, pool);
    return pool;
  }
}
