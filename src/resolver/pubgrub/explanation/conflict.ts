import type { Catalogue } from '../catalog.ts';
import type { Fact, Incompatibility } from '../model/incompatibility.ts';
import type { Candidate, Conflict, ConflictFact } from '../model/problem.ts';
import type { VersionSet } from '../model/version-set.ts';
import { wantedVersions } from '../parse-dependencies.ts';
import type { PassedOver } from '../pool.ts';
import { explain, factsOf } from './explain.ts';
import { Words } from './wording.ts';

/** Tells why there is no solution. @param failure the incompatibility of nothing */
export function describeConflict<C extends Candidate>(failure: Incompatibility, catalogue: Catalogue<C>): Conflict {
  const facts = factsOf(failure);
  const words = new Words<C>((ref) => catalogue.known(ref), writtenRanges(facts.map(({ cause }) => cause)));
  return {
    about: culpritsOf(failure),
    lines: explain(failure, words),
    facts: facts.map(({ cause, terms }) => {
      const subject = terms.find(({ ref }) => ref === cause.ref);
      return factDocument(cause, subject ? words.versionsIn(subject) : []);
    }),
  };
}

/**
 * The packs in which a conflict ends: something is wanted of them, and what they want themselves has no part in it.
 * Without the demands on them there is no such conflict.
 */
export function culpritsOf(failure: Incompatibility): string[] {
  const causes = factsOf(failure).map(({ cause }) => cause);
  const needing = new Set(causes.flatMap((cause) => (cause.kind === 'needs' ? [cause.ref] : [])));
  const concerned = causes.flatMap((cause) => {
    if (cause.kind === 'needs') return [cause.need.ref];
    return cause.kind === 'unasked' ? cause.packs.map(({ ref }) => ref) : [cause.ref];
  });
  return [...new Set(concerned)].filter((ref) => !needing.has(ref));
}

function writtenRanges(facts: readonly Fact[]): (ref: string, versions: VersionSet) => string | undefined {
  const ranges = facts.flatMap((fact) => {
    if (fact.kind === 'needs') return [fact.need];
    return fact.kind === 'asked' ? [{ ...fact, versions: wantedVersions(fact.range) }] : [];
  });
  return (ref, versions) => ranges.find((one) => one.ref === ref && one.versions.equals(versions))?.range;
}

function factDocument(fact: Fact, versions: readonly string[]): ConflictFact {
  const { kind, ref } = fact;
  switch (fact.kind) {
    case 'asked':
      return { kind, ref, range: fact.range ?? null };
    case 'needs':
      return { kind, ref, versions, needs: { ref: fact.need.ref, range: fact.need.range ?? null } };
    case 'given':
      return { kind, ref, version: fact.version };
    case 'unreadable':
      return { kind, ref, version: fact.version, problems: fact.problems };
    case 'held':
      return { kind, ref, version: fact.version, as: fact.as };
    case 'excluded':
      return { kind, ref, reason: fact.why };
    case 'no-version':
      return { kind, ref, available: fact.available, passed_over: fact.passedOver.map(passedOverDocument) };
    case 'unasked':
      return { kind, ref, packs: fact.packs };
    case 'kept':
    case 'missing':
      return { kind, ref };
  }
}

function passedOverDocument(one: PassedOver): Record<string, unknown> {
  const { version, why } = one;
  if (one.why === 'yanked') return { version, why, reason: one.reason };
  return { version, why, published_at: one.publishedAt.toISOString() };
}
