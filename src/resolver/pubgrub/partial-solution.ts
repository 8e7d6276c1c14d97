import type SemVer from 'semver/classes/semver.js';
import type { Incompatibility } from './model/incompatibility.ts';
import { contradicts, implies, intersect, positiveTerm, type Term, UNKNOWN } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';

/** A decision or derivation. */
export interface Assignment {
  readonly term: Term;
  /** The conjunction of this term and all earlier assignments of the same pack. */
  readonly known: Term;
  /** The decision level: the number of decisions so far, including this one. */
  readonly level: number;
  readonly index: number;
  /** The incompatibility that the assignment was derived from; `undefined` for a decision. */
  readonly cause: Incompatibility | undefined;
}

export type Relation = 'satisfied' | 'contradicted' | 'inconclusive';

/** The decisions and derivations so far, in chronological order. */
export class PartialSolution {
  readonly #assignments: Assignment[] = [];
  readonly #byRef = new Map<string, Assignment[]>();
  readonly #decided = new Map<string, SemVer>();
  /** The required packs without a decision, with their remaining versions. */
  readonly #undecided = new Map<string, VersionSet>();
  readonly #changed = new Set<string>();

  get decided(): ReadonlyMap<string, SemVer> {
    return this.#decided;
  }

  get undecided(): ReadonlyMap<string, VersionSet> {
    return this.#undecided;
  }

  /** The packs with new assignments or undone ones. The caller removes a ref after processing it. */
  get changed(): Set<string> {
    return this.#changed;
  }

  relation(term: Term): Relation {
    const known = this.#known(term.ref);
    if (implies(known, term)) return 'satisfied';
    return contradicts(known, term) ? 'contradicted' : 'inconclusive';
  }

  decide(ref: string, version: SemVer): void {
    this.#decided.set(ref, version);
    this.#assign(positiveTerm(ref, VersionSet.exactly(version)), undefined);
  }

  derive(term: Term, cause: Incompatibility): void {
    this.#assign(term, cause);
  }

  /** Returns the first assignment after which a satisfied term was satisfied. */
  satisfier(term: Term): Assignment {
    return this.#byRef.get(term.ref)!.find(({ known }) => implies(known, term))!;
  }

  /** Undoes all decisions above a decision level, with their derivations. */
  backtrack(level: number): void {
    for (let last = this.#assignments.at(-1); last && last.level > level; last = this.#assignments.at(-1)) {
      const { ref } = last.term;
      this.#assignments.pop();
      this.#byRef.get(ref)?.pop();
      if (last.cause === undefined) this.#decided.delete(ref);
      this.#update(ref);
    }
  }

  #assign(term: Term, cause: Incompatibility | undefined): void {
    const { ref } = term;
    const known = intersect(term, this.#known(ref));
    const assignment = { term, known, level: this.#decided.size, index: this.#assignments.length, cause };
    this.#assignments.push(assignment);
    const ofRef = this.#byRef.get(ref);
    if (ofRef) ofRef.push(assignment);
    else this.#byRef.set(ref, [assignment]);
    this.#update(ref);
  }

  #update(ref: string): void {
    const known = this.#known(ref);
    this.#changed.add(ref);
    if (known.positive && !this.#decided.has(ref)) this.#undecided.set(ref, known.versions);
    else this.#undecided.delete(ref);
  }

  #known(ref: string): Term {
    return this.#byRef.get(ref)?.at(-1)?.known ?? UNKNOWN;
  }
}
