import type { Catalog } from '../catalog.ts';
import type { Fact, Incompatibility, IneligibleVersion } from '../model/incompatibility.ts';
import type { Candidate, Conflict, ConflictFact } from '../model/problem.ts';
import type { VersionSet } from '../model/version-set.ts';
import { versionsInRange } from '../parse-dependencies.ts';
import { explain, factsOf } from './explain.ts';
import { Wording } from './wording.ts';

/** Describes why there is no solution. @param failure the incompatibility without terms */
export function describeConflict<C extends Candidate>(failure: Incompatibility, catalog: Catalog<C>): Conflict {
  const facts = factsOf(failure);
  const wording = new Wording<C>((ref) => catalog.known(ref), writtenRanges(facts.map(({ cause }) => cause)));
  return {
    about: conflictingPacks(failure),
    lines: explain(failure, wording),
    facts: facts.map(({ cause, terms }) => {
      const subject = terms.find(({ ref }) => ref === cause.ref);
      return factDocument(cause, subject ? wording.versionsIn(subject) : []);
    }),
  };
}

/**
 * Returns the packs at the end of a conflict: there are requirements on them, but their own dependencies do not contribute.
 * Without these requirements there is no such conflict.
 */
export function conflictingPacks(failure: Incompatibility): string[] {
  const causes = factsOf(failure).map(({ cause }) => cause);
  const dependents = new Set(causes.flatMap((cause) => (cause.kind === 'dependency' ? [cause.ref] : [])));
  const concerned = causes.flatMap((cause) => {
    if (cause.kind === 'dependency') return [cause.dependency.ref];
    return cause.kind === 'prerelease-only' ? cause.packs.map(({ ref }) => ref) : [cause.ref];
  });
  return [...new Set(concerned)].filter((ref) => !dependents.has(ref));
}

function writtenRanges(facts: readonly Fact[]): (ref: string, versions: VersionSet) => string | undefined {
  const ranges = facts.flatMap((fact) => {
    if (fact.kind === 'dependency') return [fact.dependency];
    return fact.kind === 'requested' ? [{ ...fact, versions: versionsInRange(fact.range) }] : [];
  });
  return (ref, versions) => ranges.find((one) => one.ref === ref && one.versions.equals(versions))?.range;
}

/** Returns a fact for the JSON output, whose kinds and keys are part of the contract. */
function factDocument(fact: Fact, versions: readonly string[]): ConflictFact {
  const { ref } = fact;
  switch (fact.kind) {
    case 'requested':
      return { kind: 'asked', ref, range: fact.range ?? null };
    case 'dependency': {
      const { ref: needed, range } = fact.dependency;
      return { kind: 'needs', ref, versions, needs: { ref: needed, range: range ?? null } };
    }
    case 'given':
      return { kind: 'given', ref, version: fact.version };
    case 'unparsable':
      return { kind: 'unreadable', ref, version: fact.version, problems: fact.problems };
    case 'held':
      return { kind: 'held', ref, version: fact.version, as: fact.reason };
    case 'excluded':
      return { kind: 'excluded', ref, reason: fact.reason };
    case 'no-version': {
      const { available, ineligible } = fact;
      return { kind: 'no-version', ref, available, passed_over: ineligible.map(ineligibleDocument) };
    }
    case 'prerelease-only':
      return { kind: 'unasked', ref, packs: fact.packs };
    case 'installed':
      return { kind: 'kept', ref };
    case 'missing':
      return { kind: 'missing', ref };
  }
}

function ineligibleDocument(one: IneligibleVersion): Record<string, unknown> {
  const { version, why } = one;
  if (one.why === 'yanked') return { version, why, reason: one.reason };
  if (one.why === 'downgrade') return { version, why, installed: one.installed };
  return { version, why, published_at: one.publishedAt.toISOString() };
}
