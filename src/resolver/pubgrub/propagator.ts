import { AttuneError } from '../../errors.ts';
import { type Incompatibility, incompatibility } from './model/incompatibility.ts';
import { difference, inverse, isAlwaysFalse, type Term } from './model/term.ts';
import { PartialSolution } from './partial-solution.ts';

export class ResolutionTooHard extends AttuneError {
  constructor(conflicts: number) {
    super('DEPENDENCY_TOO_HARD', `No set of pack versions was found after ${conflicts} conflicts.`, {
      facts: { conflicts },
      hint: 'Request exact versions of some packs to reduce the number of combinations.',
    });
  }
}

/** Performs unit propagation and conflict resolution on the partial solution. */
export class Propagator {
  readonly solution = new PartialSolution();
  readonly #byRef = new Map<string, Incompatibility[]>();
  #conflictsLeft: number;
  readonly #maxConflicts: number;

  constructor(maxConflicts: number) {
    this.#maxConflicts = maxConflicts;
    this.#conflictsLeft = maxConflicts;
  }

  add(clause: Incompatibility): void {
    if (clause.terms.some(isAlwaysFalse)) return;
    for (const { ref } of clause.terms) {
      const clauses = this.#byRef.get(ref);
      if (clauses) clauses.push(clause);
      else this.#byRef.set(ref, [clause]);
    }
  }

  /**
   * Derives everything that follows from changes about packs.
   * @returns the incompatibility without terms if there is no solution
   * @throws ResolutionTooHard
   */
  propagate(refs: Iterable<string>): Incompatibility | undefined {
    const changed = new Set(refs);
    // Iteration includes refs that are added to the set during the loop.
    for (const ref of changed) {
      changed.delete(ref);
      const rootCause = this.#propagateOne(ref, changed);
      if (!rootCause) continue;
      if (rootCause.terms.length === 0) return rootCause;
      changed.clear();
      this.#deriveFrom(rootCause, changed);
    }
    return undefined;
  }

  /** @returns the root cause of a conflict, after which the partial solution has been backtracked */
  #propagateOne(ref: string, changed: Set<string>): Incompatibility | undefined {
    const clauses = this.#byRef.get(ref) ?? [];
    // The newest incompatibilities come first, because they are the most specific.
    for (let i = clauses.length - 1; i >= 0; i--) {
      if (this.#deriveFrom(clauses[i]!, changed)) return this.#resolveConflict(clauses[i]!);
    }
    return undefined;
  }

  /** Derives the inverse of the only term that is not satisfied. @returns whether all terms are satisfied (a conflict) */
  #deriveFrom(clause: Incompatibility, changed: Set<string>): boolean {
    let unsatisfied: Term | undefined;
    for (const term of clause.terms) {
      const relation = this.solution.relation(term);
      if (relation === 'contradicted' || (relation === 'inconclusive' && unsatisfied)) return false;
      if (relation === 'inconclusive') unsatisfied = term;
    }
    if (!unsatisfied) return true;
    this.solution.derive(inverse(unsatisfied), clause);
    changed.add(unsatisfied.ref);
    return false;
  }

  /**
   * Finds the root cause of a conflict: terms that were derived are replaced by their causes until undoing a single
   * decision would resolve the conflict. Backtracks to before that decision and adds the root cause.
   */
  #resolveConflict(conflict: Incompatibility): Incompatibility {
    if (this.#conflictsLeft-- === 0) throw new ResolutionTooHard(this.#maxConflicts);
    let rootCause = conflict;
    while (rootCause.terms.length > 0) {
      const { term, satisfier, rest, level } = this.#latestSatisfier(rootCause);
      if (satisfier.cause === undefined || level < satisfier.level) {
        this.solution.backtrack(level);
        if (rootCause !== conflict) this.add(rootCause);
        return rootCause;
      }
      const { cause } = satisfier;
      const others = [...rootCause.terms, ...cause.terms].filter(({ ref }) => ref !== term.ref);
      rootCause = incompatibility(rest ? [...others, inverse(rest)] : others, {
        kind: 'derived',
        conflict: rootCause,
        other: cause,
      });
    }
    return rootCause;
  }

  /**
   * Returns the term that was satisfied last, the assignment that satisfied it, and the decision level at which all other
   * terms were satisfied.
   */
  #latestSatisfier({ terms }: Incompatibility) {
    const satisfied = terms.map((term) => ({ term, satisfier: this.solution.satisfier(term) }));
    const last = satisfied.reduce((one, other) => (other.satisfier.index > one.satisfier.index ? other : one));
    const levels = satisfied.filter((one) => one !== last).map(({ satisfier }) => satisfier.level);
    // If the assignment alone does not imply the term, an earlier assignment of the same pack contributes to it.
    const rest = difference(last.satisfier.term, last.term);
    if (rest) levels.push(this.solution.satisfier(inverse(rest)).level);
    return { ...last, rest, level: Math.max(0, ...levels) };
  }
}
