import type { Derivation, Fact, Incompatibility } from '../model/incompatibility.ts';
import type { Candidate } from '../model/problem.ts';
import { type AlikeNeeds, alikeNeeds } from './collapse-similar.ts';
import { inReadingOrder, joinAlike } from './premise-order.ts';
import { NO_SOLUTION, type Words } from './wording.ts';

/** A proof of more lines is one that nobody reads; its end says most. */
const MAX_LINES = 60;

/**
 * Tells a derivation as a text to follow from line to line (the algorithm is that of PubGrub's error reporting, see
 * `solve.ts`). Each line concludes from facts, from the line before it ("and because"), or from a line with a number;
 * what is used more than once is told once, and numbered.
 *
 * The walk keeps its own stack: how deep a derivation is, is up to whoever wrote the index.
 */
export function explain<C extends Candidate>(failure: Incompatibility, words: Words<C>): readonly string[] {
  const { cause } = failure;
  if (cause.kind !== 'derived') {
    return [`Because ${words.sentence(failure)}, ${NO_SOLUTION}.`];
  }
  return new Explanation(failure, words).lines();
}

interface Derived extends Incompatibility {
  readonly cause: Derivation;
}

/** Something to do after what is put on the stack later. */
type Step = () => void;

class Explanation<C extends Candidate> {
  readonly #failure: Incompatibility;
  readonly #words: Words<C>;
  readonly #uses: ReadonlyMap<Incompatibility, number>;
  readonly #numbers = new Map<Incompatibility, number>();
  readonly #lines: string[] = [];
  readonly #steps: Step[] = [];

  constructor(failure: Incompatibility, words: Words<C>) {
    this.#failure = failure;
    this.#words = words;
    this.#uses = countUses(failure);
  }

  lines(): readonly string[] {
    this.#then(() => this.#visit(this.#failure));
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) step();
    const left = this.#lines.length - MAX_LINES;
    if (left <= 0) return this.#lines;
    return [`(${left} steps that lead to the following are left out.)`, ...this.#lines.slice(left)];
  }

  /** @param steps in the order in which they are to be done */
  #then(...steps: readonly Step[]): void {
    this.#steps.push(...steps.toReversed());
  }

  #visit(one: Incompatibility, isConclusion = false): void {
    if (!isDerived(one) || this.#numbers.has(one)) return;
    const { conflict, other } = one.cause;
    const numbered = isConclusion || !this.#isOwn(one);
    const run = this.#run(one);
    if (run) this.#fromAlike(one, run, numbered);
    else if (isDerived(conflict) && isDerived(other)) this.#fromTwo(one, conflict, other, numbered);
    else if (isDerived(conflict)) this.#fromOne(one, conflict, other, numbered);
    else if (isDerived(other)) this.#fromOne(one, other, conflict, numbered);
    else this.#write(one, `Because ${this.#join(conflict, other)}`, numbered);
  }

  /** From what many versions of one pack need of another: the first, the second and the last of them. */
  #fromAlike(one: Incompatibility, { needs, lacks, rest }: AlikeNeeds, numbered: boolean): void {
    const ascending = needs.toSorted((a, b) => this.#words.compareSubjects(a, b));
    const [first, second, last] = [ascending[0]!, ascending[1]!, ascending.at(-1)!];
    const all = `${this.#join(first)}, ${this.#join(second)}, and so on until ${this.#join(last)}`;
    const reason = all + this.#words.lacking(lacks, needs.length);
    if (rest === undefined) this.#write(one, `Because ${reason}`, numbered);
    else if (this.#numbers.has(rest)) this.#write(one, `Because ${this.#join(rest)}, ${reason}`, numbered);
    else {
      this.#then(
        () => this.#visit(rest),
        () => this.#write(one, `And because ${reason}`, numbered),
      );
    }
  }

  /** From two conclusions: those that are told already are named by their numbers. */
  #fromTwo(one: Incompatibility, conflict: Derived, other: Derived, numbered: boolean): void {
    const told = [conflict, other].filter((part) => this.#numbers.has(part));
    const untold = [conflict, other].filter((part) => !this.#numbers.has(part));
    const [next] = untold;
    if (!next) {
      this.#write(one, `Because ${this.#join(conflict, other)}`, numbered);
    } else if (told[0]) {
      const [known] = told;
      this.#then(
        () => this.#visit(next),
        () => this.#write(one, `And because ${this.#join(known)}`, numbered),
      );
    } else if (untold.some(isOneLine)) {
      const short = isOneLine(other) ? other : conflict;
      const long = short === other ? conflict : other;
      this.#then(
        () => this.#visit(long),
        () => this.#visit(short),
        () => this.#write(one, 'Thus', numbered),
      );
    } else {
      this.#then(
        () => this.#visit(conflict, true),
        () => this.#visit(other),
        () => this.#write(one, `And because ${this.#join(conflict)}`, numbered),
      );
    }
  }

  /** From a conclusion and a fact; where that conclusion is from a fact too, both facts go into one line. */
  #fromOne(one: Incompatibility, derived: Derived, fact: Incompatibility, numbered: boolean): void {
    const inner = this.#collapsible(derived);
    if (this.#numbers.has(derived)) {
      this.#write(one, `Because ${this.#join(derived, fact)}`, numbered);
    } else if (inner) {
      this.#then(
        () => this.#visit(inner.derived),
        () => this.#write(one, `And because ${this.#join(inner.fact, fact)}`, numbered),
      );
    } else {
      this.#then(
        () => this.#visit(derived),
        () => this.#write(one, `And because ${this.#join(fact)}`, numbered),
      );
    }
  }

  #collapsible(one: Derived): { derived: Incompatibility; fact: Incompatibility } | undefined {
    const { conflict, other } = one.cause;
    if (!this.#isOwn(one) || isDerived(conflict) === isDerived(other) || this.#run(one)) return undefined;
    const [derived, fact] = isDerived(conflict) ? [conflict, other] : [other, conflict];
    return this.#numbers.has(derived) ? undefined : { derived, fact };
  }

  #run(one: Derived): AlikeNeeds | undefined {
    return alikeNeeds(one, (inner) => this.#isOwn(inner) && !this.#numbers.has(inner));
  }

  /** Only one conclusion is drawn from it. */
  #isOwn(one: Incompatibility): boolean {
    return (this.#uses.get(one) ?? 0) < 2;
  }

  #write(one: Incompatibility, reason: string, numbered: boolean): void {
    const isEnd = one === this.#failure && this.#lines.length > 0;
    const start = isEnd && reason !== 'Thus' ? reason.replace(/^And b|^B/, 'So, b') : reason;
    const number = numbered ? this.#numbers.size + 1 : undefined;
    if (number !== undefined) this.#numbers.set(one, number);
    this.#lines.push(`${number === undefined ? '' : `(${number}) `}${start}, ${this.#words.sentence(one)}.`);
  }

  #join(...parts: readonly Incompatibility[]): string {
    const sentences = inReadingOrder(parts).map((part) => {
      const number = this.#numbers.get(part);
      return `${this.#words.sentence(part)}${number === undefined ? '' : ` (${number})`}`;
    });
    return joinAlike(sentences);
  }
}

function isDerived(one: Incompatibility): one is Derived {
  return one.cause.kind === 'derived';
}

/** Whether facts alone lead to it. */
function isOneLine({ cause }: Derived): boolean {
  return !isDerived(cause.conflict) && !isDerived(cause.other);
}

function countUses(failure: Incompatibility): Map<Incompatibility, number> {
  const uses = new Map<Incompatibility, number>();
  const waiting = [failure];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const count = uses.get(one) ?? 0;
    uses.set(one, count + 1);
    if (count === 0 && isDerived(one)) waiting.push(one.cause.other, one.cause.conflict);
  }
  return uses;
}

/** What a derivation rests on, each once, in the order of the text. */
export function factsOf(failure: Incompatibility): (Incompatibility & { readonly cause: Fact })[] {
  return [...countUses(failure).keys()].filter((one) => hasFact(one));
}

function hasFact(one: Incompatibility): one is Incompatibility & { readonly cause: Fact } {
  return one.cause.kind !== 'derived';
}
