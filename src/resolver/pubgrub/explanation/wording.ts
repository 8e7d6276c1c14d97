import type { Fact, Incompatibility, IneligibleVersion } from '../model/incompatibility.ts';
import type { Candidate } from '../model/problem.ts';
import type { Term } from '../model/term.ts';
import { isPrerelease, VersionSet } from '../model/version-set.ts';
import type { Choice, Pool } from '../pool.ts';

const MAX_ITEMS = 5;
const EVERY = 'every ';

/** The conclusion of an incompatibility without terms. */
export const NO_SOLUTION = 'there is no solution';

/**
 * Formats incompatibilities as sentences. Version sets are described by the known versions: `slack 2.1.0`,
 * `slack >=2.0.0`, `every version of slack`.
 */
export class Wording<C extends Candidate> {
  readonly #poolOf: (ref: string) => Pool<C> | undefined;
  readonly #rangeOf: (ref: string, versions: VersionSet) => string | undefined;

  /** @param rangeOf returns the range of a set as it was written, if it was */
  constructor(
    poolOf: (ref: string) => Pool<C> | undefined,
    rangeOf: (ref: string, versions: VersionSet) => string | undefined,
  ) {
    this.#poolOf = poolOf;
    this.#rangeOf = rangeOf;
  }

  /** Returns a sentence without initial capital and full stop. */
  sentence({ terms, cause }: Incompatibility): string {
    return cause.kind === 'derived' ? this.#conclusion(terms) : this.#fact(cause, terms);
  }

  /** Returns the known versions of a pack that a term includes, ascending. */
  versionsIn({ ref, versions }: Term): string[] {
    return (this.#poolOf(ref)?.choices ?? []).filter((one) => versions.contains(one.version)).map(versionName);
  }

  /** Returns the end of a list of dependencies, which says how many of them no version matches; may be empty. */
  unmatched(unmatched: readonly Incompatibility[], dependencies: number): string {
    const cause = unmatched[0]?.cause;
    if (cause?.kind !== 'no-version') return '';
    const count = unmatched.length >= dependencies ? 'any' : unmatched.length;
    return `, and no version of ${cause.ref} matches ${count} of these (${availability(cause.available, [])})`;
  }

  /** Compares facts by the first version of their subjects. */
  compareSubjects(one: Incompatibility, other: Incompatibility): number {
    return this.#firstVersionIndex(one) - this.#firstVersionIndex(other);
  }

  #firstVersionIndex({ terms, cause }: Incompatibility): number {
    const subject = cause.kind === 'derived' ? undefined : terms.find(({ ref }) => ref === cause.ref);
    const choices = (subject && this.#poolOf(subject.ref)?.choices) ?? [];
    return choices.findIndex(({ version }) => subject?.versions.contains(version));
  }

  #fact(fact: Fact, terms: readonly Term[]): string {
    const { ref } = fact;
    switch (fact.kind) {
      case 'requested':
        return `you requested ${withRange(ref, fact.range)}`;
      case 'given':
        return `you provided ${ref} ${fact.version}`;
      case 'installed':
        return `${ref} is installed`;
      case 'dependency': {
        const { dependency } = fact;
        return `${this.#subject(terms, ref)} depends on ${withRange(dependency.ref, dependency.range)}`;
      }
      case 'unparsable':
        return `${ref} ${fact.version} has dependencies that cannot be parsed (${fact.problems.join('; ')})`;
      case 'held':
        return `${ref} ${fact.version} is ${fact.reason}`;
      case 'missing':
        return `no registry has ${ref}`;
      case 'excluded':
        return `${ref} is excluded (${fact.reason})`;
      case 'no-version':
        return `${this.#noVersion(terms, ref)} (${availability(fact.available, fact.ineligible)})`;
      case 'prerelease-only': {
        const packs = fact.packs.map((one) => `${one.ref} (${list(one.prereleases)})`);
        return `only prereleases of ${andList(packs)} match, which no requirement requests`;
      }
    }
  }

  #noVersion(terms: readonly Term[], ref: string): string {
    const { versions } = terms[0]!;
    if (VersionSet.ANY.isSubsetOf(versions)) return `no version of ${ref} can be selected`;
    return `no version of ${ref} matches ${this.#rangeOf(ref, versions) ?? versions}`;
  }

  #conclusion(terms: readonly Term[]): string {
    const dependents = terms.filter(({ positive }) => positive).map((term) => this.#pack(term));
    const required = terms.filter(({ positive }) => !positive).map((term) => this.#requirement(term));
    if (terms.length === 0) return NO_SOLUTION;
    if (dependents.length === 0) return `${required.join(' or ')} is required`;
    if (required.length === 0) return cannotBeInstalled(dependents);
    const verb = dependents.length === 1 ? 'depends on' : 'together depend on';
    return `${andList(dependents)} ${verb} ${required.join(' or ')}`;
  }

  /** Returns the dependent of a fact, which has no term if its dependency on other versions of itself removed it. */
  #subject(terms: readonly Term[], ref: string): string {
    const term = terms.find((one) => one.ref === ref);
    return term ? this.#pack(term) : ref;
  }

  #requirement(term: Term): string {
    const { ref, versions } = term;
    if (VersionSet.ANY.isSubsetOf(versions)) return ref;
    const range = this.#rangeOf(ref, versions);
    return range === undefined ? this.#pack(term).replace(`${EVERY}version of `, '') : withRange(ref, range);
  }

  #pack({ ref, versions }: Term): string {
    const choices = (this.#poolOf(ref)?.choices ?? []).filter(({ ineligible }) => !ineligible);
    const relevant = choices.filter(({ version }) => !isPrerelease(version) || versions.contains(version));
    const runs = runsOf(relevant, (choice) => versions.contains(choice.version));
    if (runs.length === 0) return withRange(ref, this.#rangeOf(ref, versions) ?? String(versions));
    if (relevant.length > 1 && runs[0]?.length === relevant.length) return `${EVERY}version of ${ref}`;
    const texts = runs.map((run) => formatRun(run, relevant));
    const shown = texts.length > MAX_ITEMS ? [...texts.slice(0, MAX_ITEMS), 'others'] : texts;
    return `${ref} ${shown.join(' or ')}`;
  }
}

/** Says that packs cannot be installed; `every version of a` becomes `no version of a` or `any version of a`. */
function cannotBeInstalled(packs: readonly string[]): string {
  const every = packs.filter((text) => text.startsWith(EVERY));
  const [first = '', ...rest] = [...packs.filter((text) => !every.includes(text)), ...every];
  const [subject, can] = first.startsWith(EVERY) ? [first.replace(EVERY, 'no '), 'can'] : [first, 'cannot'];
  if (rest.length === 0) return `${subject} ${can} be installed`;
  if (every.length === 0) return `${andList(packs)} cannot be installed together`;
  return `${subject} ${can} be installed together with ${andList(rest.map((text) => text.replace(EVERY, 'any ')))}`;
}

function withRange(ref: string, range: string | undefined): string {
  return range === undefined ? ref : `${ref} ${range}`;
}

function versionName<C extends Candidate>({ version }: Choice<C>): string {
  return version.version;
}

/** Returns the runs of adjacent items that satisfy a predicate. */
function runsOf<T>(items: readonly T[], isIncluded: (item: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const [index, item] of items.entries()) {
    if (!isIncluded(item)) continue;
    if (index > 0 && isIncluded(items[index - 1]!)) runs.at(-1)?.push(item);
    else runs.push([item]);
  }
  return runs;
}

function formatRun<C extends Candidate>(run: readonly Choice<C>[], all: readonly Choice<C>[]): string {
  const first = run[0]!;
  const last = run.at(-1)!;
  if (first === last) return versionName(first);
  if (last === all.at(-1)) return `>=${versionName(first)}`;
  return first === all[0] ? `<=${versionName(last)}` : `>=${versionName(first)} <=${versionName(last)}`;
}

function availability(available: readonly string[], ineligible: readonly IneligibleVersion[]): string {
  if (ineligible.length > 0) return shorten(ineligible.map(describeIneligible)).join('; ');
  return available.length === 0 ? 'none is available' : `available: ${list(available)}`;
}

function describeIneligible(one: IneligibleVersion): string {
  if (one.why === 'yanked') return `${one.version} is yanked: ${one.reason}`;
  if (one.why === 'downgrade') return `${one.version} is older than the installed ${one.installed}`;
  return `${one.version} was published on ${one.publishedAt.toISOString().slice(0, 10)}, which is too recent`;
}

function list(versions: readonly string[]): string {
  return shorten(versions).join(', ');
}

function shorten(items: readonly string[]): readonly string[] {
  return items.length > MAX_ITEMS ? [...items.slice(0, MAX_ITEMS), `and ${items.length - MAX_ITEMS} more`] : items;
}

export function andList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
