import { AttuneError } from '../../errors.ts';
import { type Incompatibility, incompatibility } from './model/incompatibility.ts';
import { inverse, isImpossible, remainder, type Term } from './model/term.ts';
import { PartialSolution } from './partial-solution.ts';

export class ResolutionTooHard extends AttuneError {
  constructor(conflicts: number) {
    super('DEPENDENCY_TOO_HARD', `No choice of pack versions was found: ${conflicts} of them led into a conflict.`, {
      facts: { conflicts },
      hint: 'Ask for exact versions of some packs, so that there is less to choose from.',
    });
  }
}

/** Draws conclusions: all that follows from a decision, and from what went wrong after it. */
export class Deduction {
  readonly solution = new PartialSolution();
  readonly #byRef = new Map<string, Incompatibility[]>();
  #conflictsLeft: number;
  readonly #maxConflicts: number;

  constructor(maxConflicts: number) {
    this.#maxConflicts = maxConflicts;
    this.#conflictsLeft = maxConflicts;
  }

  add(clause: Incompatibility): void {
    if (clause.terms.some(isImpossible)) return;
    for (const { ref } of clause.terms) {
      const clauses = this.#byRef.get(ref);
      if (clauses) clauses.push(clause);
      else this.#byRef.set(ref, [clause]);
    }
  }

  /**
   * Derives what follows from news about packs.
   * @returns the incompatibility of nothing, where there is no solution
   * @throws ResolutionTooHard
   */
  propagate(refs: Iterable<string>): Incompatibility | undefined {
    const changed = new Set(refs);
    // A set goes on to what is added to it while it is walked through.
    for (const ref of changed) {
      changed.delete(ref);
      const reason = this.#propagateOne(ref, changed);
      if (!reason) continue;
      if (reason.terms.length === 0) return reason;
      changed.clear();
      this.#deriveFrom(reason, changed);
    }
    return undefined;
  }

  /** @returns the reason of a conflict, after which everything looks different */
  #propagateOne(ref: string, changed: Set<string>): Incompatibility | undefined {
    const clauses = this.#byRef.get(ref) ?? [];
    // The newest first: they tell more.
    for (let at = clauses.length - 1; at >= 0; at--) {
      if (this.#deriveFrom(clauses[at]!, changed)) return this.#reasonOf(clauses[at]!);
    }
    return undefined;
  }

  /** Where all terms but one are true, that one has to be false. @returns whether all of them are true */
  #deriveFrom(clause: Incompatibility, changed: Set<string>): boolean {
    let open: Term | undefined;
    for (const term of clause.terms) {
      const relation = this.solution.relation(term);
      if (relation === 'contradicted' || (relation === 'open' && open)) return false;
      if (relation === 'open') open = term;
    }
    if (!open) return true;
    this.solution.derive(inverse(open), clause);
    changed.add(open.ref);
    return false;
  }

  /**
   * Replaces in a conflict what is true because of others by those others, until going back before one decision makes
   * it untrue; goes back there, and remembers what it has found.
   */
  #reasonOf(conflict: Incompatibility): Incompatibility {
    if (this.#conflictsLeft-- === 0) throw new ResolutionTooHard(this.#maxConflicts);
    let reason = conflict;
    while (reason.terms.length > 0) {
      const { term, satisfier, rest, level } = this.#latest(reason);
      if (satisfier.cause === undefined || level < satisfier.level) {
        this.solution.backtrack(level);
        if (reason !== conflict) this.add(reason);
        return reason;
      }
      const { cause } = satisfier;
      const others = [...reason.terms, ...cause.terms].filter(({ ref }) => ref !== term.ref);
      reason = incompatibility(rest ? [...others, inverse(rest)] : others, {
        kind: 'derived',
        conflict: reason,
        other: cause,
      });
    }
    return reason;
  }

  /** The term that came true last, the assignment that made it so, and the level at which all others were true. */
  #latest({ terms }: Incompatibility) {
    const satisfied = terms.map((term) => ({ term, satisfier: this.solution.satisfier(term) }));
    const last = satisfied.reduce((one, other) => (other.satisfier.index > one.satisfier.index ? other : one));
    const levels = satisfied.filter((one) => one !== last).map(({ satisfier }) => satisfier.level);
    // Where the assignment does not imply the term by itself, an earlier one about the same pack has its part in it.
    const rest = remainder(last.satisfier.term, last.term);
    if (rest) levels.push(this.solution.satisfier(inverse(rest)).level);
    return { ...last, rest, level: Math.max(0, ...levels) };
  }
}
