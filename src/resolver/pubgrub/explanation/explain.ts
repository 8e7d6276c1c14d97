import type { Derivation, Fact, Incompatibility } from '../model/incompatibility.ts';
import type { Candidate } from '../model/problem.ts';
import { findSimilarDependencies, type SimilarDependencies } from './collapse-similar.ts';
import { inReadingOrder, joinSimilar } from './premise-order.ts';
import { withoutTautologies } from './without-tautologies.ts';
import { NO_SOLUTION, type Wording } from './wording.ts';

/** Longer explanations are cut at the beginning, because the end is the most relevant part. */
const MAX_LINES = 60;

/**
 * Writes a derivation as text, by the algorithm of PubGrub's error reporting (see `solve.ts`). Each line derives a
 * conclusion from facts, from the previous line ("and because"), or from a numbered line; conclusions that are used more
 * than once are written once and numbered.
 *
 * The traversal uses an explicit stack, because the depth of a derivation depends on the index.
 */
export function explain<C extends Candidate>(failure: Incompatibility, wording: Wording<C>): readonly string[] {
  const { cause } = failure;
  if (cause.kind !== 'derived') {
    return [`Because ${wording.sentence(failure)}, ${NO_SOLUTION}.`];
  }
  return new Explanation(
    withoutTautologies(failure, (one) => wording.sentence(one)),
    wording,
  ).lines();
}

interface Derived extends Incompatibility {
  readonly cause: Derivation;
}

type Step = () => void;

class Explanation<C extends Candidate> {
  readonly #failure: Incompatibility;
  readonly #wording: Wording<C>;
  readonly #uses: ReadonlyMap<Incompatibility, number>;
  readonly #numbers = new Map<Incompatibility, number>();
  readonly #lines: string[] = [];
  /** The stack of pending steps. */
  readonly #steps: Step[] = [];

  constructor(failure: Incompatibility, wording: Wording<C>) {
    this.#failure = failure;
    this.#wording = wording;
    this.#uses = countUses(failure);
  }

  lines(): readonly string[] {
    this.#push(() => this.#visit(this.#failure));
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) step();
    const omitted = this.#lines.length - MAX_LINES;
    if (omitted <= 0) return this.#lines;
    return [`(${omitted} earlier steps are omitted.)`, ...this.#lines.slice(omitted)];
  }

  /** @param steps in the order of execution */
  #push(...steps: readonly Step[]): void {
    this.#steps.push(...steps.toReversed());
  }

  #visit(one: Incompatibility, isConclusion = false): void {
    if (!isDerived(one) || this.#numbers.has(one)) return;
    const { conflict, other } = one.cause;
    const numbered = isConclusion || !this.#isUsedOnce(one);
    const similar = this.#similarDependencies(one);
    if (similar) this.#writeSimilar(one, similar, numbered);
    else if (isDerived(conflict) && isDerived(other)) this.#writeFromTwoDerived(one, conflict, other, numbered);
    else if (isDerived(conflict)) this.#writeFromOneDerived(one, conflict, other, numbered);
    else if (isDerived(other)) this.#writeFromOneDerived(one, other, conflict, numbered);
    else this.#write(one, `Because ${this.#join(conflict, other)}`, numbered);
  }

  /** Writes the first two and the last of many similar dependencies. */
  #writeSimilar(one: Incompatibility, similar: SimilarDependencies, numbered: boolean): void {
    const { dependencies, unmatched, rest } = similar;
    const ascending = dependencies.toSorted((a, b) => this.#wording.compareSubjects(a, b));
    const [first, second, last] = [ascending[0]!, ascending[1]!, ascending.at(-1)!];
    const list = `${this.#join(first)}, ${this.#join(second)}, and so on until ${this.#join(last)}`;
    const reason = list + this.#wording.unmatched(unmatched, dependencies.length);
    if (rest === undefined) this.#write(one, `Because ${reason}`, numbered);
    else if (this.#numbers.has(rest)) this.#write(one, `Because ${this.#join(rest)}, ${reason}`, numbered);
    else {
      this.#push(
        () => this.#visit(rest),
        () => this.#write(one, `And because ${reason}`, numbered),
      );
    }
  }

  /** Writes a conclusion from two derived premises; those that are already written are referred to by number. */
  #writeFromTwoDerived(one: Incompatibility, conflict: Derived, other: Derived, numbered: boolean): void {
    const [written] = [conflict, other].filter((premise) => this.#numbers.has(premise));
    const unwritten = [conflict, other].filter((premise) => !this.#numbers.has(premise));
    const [next] = unwritten;
    if (!next) {
      this.#write(one, `Because ${this.#join(conflict, other)}`, numbered);
    } else if (written) {
      this.#push(
        () => this.#visit(next),
        () => this.#write(one, `And because ${this.#join(written)}`, numbered),
      );
    } else if (unwritten.some(isSingleLine)) {
      const short = isSingleLine(other) ? other : conflict;
      const long = short === other ? conflict : other;
      this.#push(
        () => this.#visit(long),
        () => this.#visit(short),
        () => this.#write(one, 'Thus', numbered),
      );
    } else {
      this.#push(
        () => this.#visit(conflict, true),
        () => this.#visit(other),
        () => this.#write(one, `And because ${this.#join(conflict)}`, numbered),
      );
    }
  }

  /** Writes a conclusion from a derived premise and a fact; two consecutive facts are joined in one line. */
  #writeFromOneDerived(one: Incompatibility, derived: Derived, fact: Incompatibility, numbered: boolean): void {
    const inner = this.#collapsible(derived);
    if (this.#numbers.has(derived)) {
      this.#write(one, `Because ${this.#join(derived, fact)}`, numbered);
    } else if (inner) {
      this.#push(
        () => this.#visit(inner.derived),
        () => this.#write(one, `And because ${this.#join(inner.fact, fact)}`, numbered),
      );
    } else {
      this.#push(
        () => this.#visit(derived),
        () => this.#write(one, `And because ${this.#join(fact)}`, numbered),
      );
    }
  }

  #collapsible(one: Derived): { derived: Incompatibility; fact: Incompatibility } | undefined {
    const { conflict, other } = one.cause;
    if (!this.#isUsedOnce(one) || isDerived(conflict) === isDerived(other) || this.#similarDependencies(one))
      return undefined;
    const [derived, fact] = isDerived(conflict) ? [conflict, other] : [other, conflict];
    return this.#numbers.has(derived) ? undefined : { derived, fact };
  }

  #similarDependencies(one: Derived): SimilarDependencies | undefined {
    return findSimilarDependencies(one, (inner) => this.#isUsedOnce(inner) && !this.#numbers.has(inner));
  }

  #isUsedOnce(one: Incompatibility): boolean {
    return (this.#uses.get(one) ?? 0) < 2;
  }

  #write(one: Incompatibility, reason: string, numbered: boolean): void {
    const isLast = one === this.#failure && this.#lines.length > 0;
    const start = isLast && reason !== 'Thus' ? reason.replace(/^And b|^B/, 'So, b') : reason;
    const number = numbered ? this.#numbers.size + 1 : undefined;
    if (number !== undefined) this.#numbers.set(one, number);
    this.#lines.push(`${number === undefined ? '' : `(${number}) `}${start}, ${this.#wording.sentence(one)}.`);
  }

  #join(...premises: readonly Incompatibility[]): string {
    const sentences = inReadingOrder(premises).map((premise) => {
      const number = this.#numbers.get(premise);
      return `${this.#wording.sentence(premise)}${number === undefined ? '' : ` (${number})`}`;
    });
    return joinSimilar(sentences);
  }
}

function isDerived(one: Incompatibility): one is Derived {
  return one.cause.kind === 'derived';
}

/** Checks whether both premises are facts. */
function isSingleLine({ cause }: Derived): boolean {
  return !isDerived(cause.conflict) && !isDerived(cause.other);
}

function countUses(failure: Incompatibility): Map<Incompatibility, number> {
  const uses = new Map<Incompatibility, number>();
  const pending = [failure];
  for (let one = pending.pop(); one; one = pending.pop()) {
    const count = uses.get(one) ?? 0;
    uses.set(one, count + 1);
    if (count === 0 && isDerived(one)) pending.push(one.cause.other, one.cause.conflict);
  }
  return uses;
}

/** Returns the facts of a derivation without duplicates, in the order of the text. */
export function factsOf(failure: Incompatibility): (Incompatibility & { readonly cause: Fact })[] {
  return [...countUses(failure).keys()].filter((one) => isFact(one));
}

function isFact(one: Incompatibility): one is Incompatibility & { readonly cause: Fact } {
  return one.cause.kind !== 'derived';
}
