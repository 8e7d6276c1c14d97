import type { Need } from '../parse-dependencies.ts';
import type { PassedOver } from '../pool.ts';
import type { Held } from './problem.ts';
import { both, isVoid, type Term } from './term.ts';

/** Statements that cannot all be true at once, each about another pack, and how that is known. */
export interface Incompatibility {
  readonly terms: readonly Term[];
  readonly cause: Fact | Derivation;
}

/** It follows from two others: a pack that the one forbids and the other calls for has been resolved away. */
export interface Derivation {
  readonly kind: 'derived';
  readonly conflict: Incompatibility;
  readonly other: Incompatibility;
}

/** What is so because of how the world is. */
export type Fact = { readonly ref: string } & (
  | { readonly kind: 'asked'; readonly range: string | undefined }
  | { readonly kind: 'given'; readonly version: string }
  | { readonly kind: 'kept' }
  | { readonly kind: 'needs'; readonly need: Need }
  | { readonly kind: 'unreadable'; readonly version: string; readonly problems: readonly string[] }
  | { readonly kind: 'held'; readonly version: string; readonly as: Held['as'] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'excluded'; readonly why: string }
  | { readonly kind: 'no-version'; readonly available: readonly string[]; readonly passedOver: readonly PassedOver[] }
  /** Of each of these only prereleases would do, and nothing that is chosen names one; `ref` is the first of them. */
  | { readonly kind: 'unasked'; readonly packs: readonly { ref: string; prereleases: readonly string[] }[] }
);

/** Several terms about one pack become one; a term that is always true says nothing. */
export function incompatibility(terms: readonly Term[], cause: Incompatibility['cause']): Incompatibility {
  const byRef = new Map<string, Term>();
  for (const term of terms) {
    const before = byRef.get(term.ref);
    byRef.set(term.ref, before ? both(before, term) : term);
  }
  return { terms: [...byRef.values()].filter((term) => !isVoid(term)), cause };
}
