import type SemVer from 'semver/classes/semver.js';
import type { Incompatibility } from './model/incompatibility.ts';
import { both, contradicts, implies, isIn, type Term, UNKNOWN } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';

/** One more thing that is taken to be true. */
export interface Assignment {
  readonly term: Term;
  /** It and everything that was assigned to the same pack before it. */
  readonly known: Term;
  /** How many decisions had been made by then, itself included. */
  readonly level: number;
  readonly index: number;
  /** What it follows from; `undefined` for a decision. */
  readonly cause: Incompatibility | undefined;
}

export type Relation = 'satisfied' | 'contradicted' | 'open';

/** What has been decided so far and what followed from it, in the order in which it happened. */
export class PartialSolution {
  readonly #assignments: Assignment[] = [];
  readonly #byRef = new Map<string, Assignment[]>();
  readonly #decided = new Map<string, SemVer>();
  /** Packs that have to be there and whose version is open, with the versions that are left. */
  readonly #undecided = new Map<string, VersionSet>();
  readonly #changed = new Set<string>();

  get decided(): ReadonlyMap<string, SemVer> {
    return this.#decided;
  }

  get undecided(): ReadonlyMap<string, VersionSet> {
    return this.#undecided;
  }

  /** The packs of which something else is known than before. Whoever has dealt with one deletes it. */
  get changed(): Set<string> {
    return this.#changed;
  }

  relation(term: Term): Relation {
    const known = this.#known(term.ref);
    if (implies(known, term)) return 'satisfied';
    return contradicts(known, term) ? 'contradicted' : 'open';
  }

  decide(ref: string, version: SemVer): void {
    this.#decided.set(ref, version);
    this.#assign(isIn(ref, VersionSet.exactly(version)), undefined);
  }

  derive(term: Term, cause: Incompatibility): void {
    this.#assign(term, cause);
  }

  /** The first assignment with which a term, that is satisfied, came to be so. */
  satisfier(term: Term): Assignment {
    return this.#byRef.get(term.ref)!.find(({ known }) => implies(known, term))!;
  }

  /** Forgets every decision after the first `level`, and what followed from it. */
  backtrack(level: number): void {
    for (let last = this.#assignments.at(-1); last && last.level > level; last = this.#assignments.at(-1)) {
      const { ref } = last.term;
      this.#assignments.pop();
      this.#byRef.get(ref)?.pop();
      if (last.cause === undefined) this.#decided.delete(ref);
      this.#note(ref);
    }
  }

  #assign(term: Term, cause: Incompatibility | undefined): void {
    const { ref } = term;
    const known = both(term, this.#known(ref));
    const assignment = { term, known, level: this.#decided.size, index: this.#assignments.length, cause };
    this.#assignments.push(assignment);
    const ofRef = this.#byRef.get(ref);
    if (ofRef) ofRef.push(assignment);
    else this.#byRef.set(ref, [assignment]);
    this.#note(ref);
  }

  #note(ref: string): void {
    const known = this.#known(ref);
    this.#changed.add(ref);
    if (known.positive && !this.#decided.has(ref)) this.#undecided.set(ref, known.versions);
    else this.#undecided.delete(ref);
  }

  #known(ref: string): Term {
    return this.#byRef.get(ref)?.at(-1)?.known ?? UNKNOWN;
  }
}
