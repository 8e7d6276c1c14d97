import type { Fact, Incompatibility } from '../model/incompatibility.ts';
import type { Candidate } from '../model/problem.ts';
import type { Term } from '../model/term.ts';
import { isPrerelease, VersionSet } from '../model/version-set.ts';
import type { Choice, PassedOver, Pool } from '../pool.ts';

const SHOWN = 5;
const EVERY = 'every ';

/** What an incompatibility of nothing says. */
export const NO_SOLUTION = 'there is no solution';

/**
 * Says in a sentence what an incompatibility states. Sets of versions are told by the versions that there are:
 * `slack 2.1.0`, `slack >=2.0.0`, `every version of slack`.
 */
export class Words<C extends Candidate> {
  readonly #poolOf: (ref: string) => Pool<C> | undefined;
  readonly #rangeOf: (ref: string, versions: VersionSet) => string | undefined;

  /** @param rangeOf how somebody wrote a set, if somebody did */
  constructor(
    poolOf: (ref: string) => Pool<C> | undefined,
    rangeOf: (ref: string, versions: VersionSet) => string | undefined,
  ) {
    this.#poolOf = poolOf;
    this.#rangeOf = rangeOf;
  }

  /** Without capital letter and full stop. */
  sentence({ terms, cause }: Incompatibility): string {
    return cause.kind === 'derived' ? this.#conclusion(terms) : this.#fact(cause, terms);
  }

  /** The versions of a pack that a term speaks of, of those that there are, ascending. */
  versionsIn({ ref, versions }: Term): string[] {
    return (this.#poolOf(ref)?.choices ?? []).filter((one) => versions.contains(one.version)).map(nameOf);
  }

  /** Says behind a list of needs that some of what is needed is not there; nothing where nothing is lacking. */
  lacking(lacks: readonly Incompatibility[], needs: number): string {
    const cause = lacks[0]?.cause;
    if (cause?.kind !== 'no-version') return '';
    const which = lacks.length >= needs ? 'any' : lacks.length;
    return `, and no version of ${cause.ref} satisfies ${which} of these (${whyNone(cause.available, [])})`;
  }

  /** Orders facts by the first of the versions that they speak of. */
  compareSubjects(one: Incompatibility, other: Incompatibility): number {
    return this.#firstOf(one) - this.#firstOf(other);
  }

  #firstOf({ terms, cause }: Incompatibility): number {
    const subject = cause.kind === 'derived' ? undefined : terms.find(({ ref }) => ref === cause.ref);
    const choices = (subject && this.#poolOf(subject.ref)?.choices) ?? [];
    return choices.findIndex(({ version }) => subject?.versions.contains(version));
  }

  #fact(fact: Fact, terms: readonly Term[]): string {
    const { ref } = fact;
    switch (fact.kind) {
      case 'asked':
        return `you asked for ${withRange(ref, fact.range)}`;
      case 'given':
        return `you gave ${ref} ${fact.version}`;
      case 'kept':
        return `${ref} is installed`;
      case 'needs':
        return `${this.#subject(terms, ref)} needs ${withRange(fact.need.ref, fact.need.range)}`;
      case 'unreadable':
        return `${ref} ${fact.version} has needs that cannot be understood (${fact.problems.join('; ')})`;
      case 'held':
        return `${ref} ${fact.version} is ${fact.as}`;
      case 'missing':
        return `no registry has ${ref}`;
      case 'excluded':
        return `${ref} is excluded (${fact.why})`;
      case 'no-version':
        return `${this.#noVersion(terms, ref)} (${whyNone(fact.available, fact.passedOver)})`;
      case 'unasked': {
        const packs = fact.packs.map((one) => `${one.ref} (${list(one.prereleases)})`);
        return `only prereleases of ${andList(packs)} would do, which nobody asks for`;
      }
    }
  }

  #noVersion(terms: readonly Term[], ref: string): string {
    const { versions } = terms[0]!;
    if (VersionSet.ANY.isSubsetOf(versions)) return `no version of ${ref} can be chosen`;
    return `no version of ${ref} satisfies ${this.#rangeOf(ref, versions) ?? versions}`;
  }

  #conclusion(terms: readonly Term[]): string {
    const present = terms.filter(({ positive }) => positive);
    const needed = terms.filter(({ positive }) => !positive).map((term) => this.#need(term));
    const packs = present.map((term) => this.#pack(term));
    if (terms.length === 0) return NO_SOLUTION;
    if (packs.length === 0) return `${needed.join(' or ')} is needed`;
    if (needed.length === 0) return excludes(packs);
    return `${andList(packs)} ${packs.length === 1 ? 'needs' : 'together need'} ${needed.join(' or ')}`;
  }

  /** Who needs something, where it may need it of its own other versions and have no term left that says so. */
  #subject(terms: readonly Term[], ref: string): string {
    const term = terms.find((one) => one.ref === ref);
    return term ? this.#pack(term) : ref;
  }

  #need(term: Term): string {
    const { ref, versions } = term;
    if (VersionSet.ANY.isSubsetOf(versions)) return ref;
    const range = this.#rangeOf(ref, versions);
    return range === undefined ? this.#pack(term).replace(`${EVERY}version of `, '') : withRange(ref, range);
  }

  #pack({ ref, versions }: Term): string {
    const choices = (this.#poolOf(ref)?.choices ?? []).filter(({ barred }) => !barred);
    const relevant = choices.filter(({ version }) => !isPrerelease(version) || versions.contains(version));
    const runs = runsOf(relevant, (choice) => versions.contains(choice.version));
    if (runs.length === 0) return withRange(ref, this.#rangeOf(ref, versions) ?? String(versions));
    if (relevant.length > 1 && runs[0]?.length === relevant.length) return `${EVERY}version of ${ref}`;
    const texts = runs.map((run) => runText(run, relevant));
    const shown = texts.length > SHOWN ? [...texts.slice(0, SHOWN), 'others'] : texts;
    return `${ref} ${shown.join(' or ')}`;
  }
}

/** That packs cannot be had; `every version of a` is then `no version of a`, or `any`. */
function excludes(packs: readonly string[]): string {
  const every = packs.filter((text) => text.startsWith(EVERY));
  const [first = '', ...rest] = [...packs.filter((text) => !every.includes(text)), ...every];
  const [what, can] = first.startsWith(EVERY) ? [first.replace(EVERY, 'no '), 'can'] : [first, 'cannot'];
  if (rest.length === 0) return `${what} ${can} be installed`;
  if (every.length === 0) return `${andList(packs)} cannot be installed together`;
  return `${what} ${can} be installed together with ${andList(rest.map((text) => text.replace(EVERY, 'any ')))}`;
}

function withRange(ref: string, range: string | undefined): string {
  return range === undefined ? ref : `${ref} ${range}`;
}

function nameOf<C extends Candidate>({ version }: Choice<C>): string {
  return version.version;
}

function runsOf<T>(items: readonly T[], isIn: (item: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const [at, item] of items.entries()) {
    if (!isIn(item)) continue;
    if (at > 0 && isIn(items[at - 1]!)) runs.at(-1)?.push(item);
    else runs.push([item]);
  }
  return runs;
}

function runText<C extends Candidate>(run: readonly Choice<C>[], all: readonly Choice<C>[]): string {
  const first = run[0]!;
  const last = run.at(-1)!;
  if (first === last) return nameOf(first);
  if (last === all.at(-1)) return `>=${nameOf(first)}`;
  return first === all[0] ? `<=${nameOf(last)}` : `>=${nameOf(first)} <=${nameOf(last)}`;
}

function whyNone(available: readonly string[], passedOver: readonly PassedOver[]): string {
  if (passedOver.length > 0) return shorten(passedOver.map(whyPassedOver)).join('; ');
  return available.length === 0 ? 'it has none' : `available: ${list(available)}`;
}

function whyPassedOver(one: PassedOver): string {
  if (one.why === 'yanked') return `${one.version} is yanked: ${one.reason}`;
  return `${one.version} was published on ${one.publishedAt.toISOString().slice(0, 10)}, too short a time ago`;
}

function list(versions: readonly string[]): string {
  return shorten(versions).join(', ');
}

function shorten(items: readonly string[]): readonly string[] {
  return items.length > SHOWN ? [...items.slice(0, SHOWN), `and ${items.length - SHOWN} more`] : items;
}

export function andList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
