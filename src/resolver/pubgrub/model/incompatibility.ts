import type { HeldVersion } from './problem.ts';
import { intersect, isAlwaysTrue, type Term } from './term.ts';
import type { VersionSet } from './version-set.ts';

/** Terms that cannot all be true at once, each about a different pack, and the cause. */
export interface Incompatibility {
  readonly terms: readonly Term[];
  readonly cause: Fact | Derivation;
}

/** The derivation of an incompatibility from two others, by eliminating the pack that occurs in both. */
export interface Derivation {
  readonly kind: 'derived';
  readonly conflict: Incompatibility;
  readonly other: Incompatibility;
}

/** A cause that is not derived. */
export type Fact = { readonly ref: string } & (
  | { readonly kind: 'requested'; readonly range: string | undefined }
  | { readonly kind: 'given'; readonly version: string }
  | { readonly kind: 'installed' }
  | { readonly kind: 'dependency'; readonly dependency: Dependency }
  | { readonly kind: 'unparsable'; readonly version: string; readonly problems: readonly string[] }
  | { readonly kind: 'held'; readonly version: string; readonly reason: HeldVersion['reason'] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'excluded'; readonly reason: string }
  | {
      readonly kind: 'no-version';
      readonly available: readonly string[];
      readonly ineligible: readonly IneligibleVersion[];
    }
  /** Only prereleases of these packs match, and no chosen version requests one; `ref` is the first pack. */
  | { readonly kind: 'prerelease-only'; readonly packs: readonly { ref: string; prereleases: readonly string[] }[] }
);

/** A parsed dependency on a pack. */
export interface Dependency {
  readonly ref: string;
  /** The range as written; `undefined` if any version matches. */
  readonly range: string | undefined;
  readonly versions: VersionSet;
}

/** A version that must not be chosen. */
export type IneligibleVersion = { readonly version: string } & (
  | { readonly why: 'yanked'; readonly reason: string }
  | { readonly why: 'too-new'; readonly publishedAt: Date }
  | { readonly why: 'downgrade'; readonly installed: string }
);

/** Creates an incompatibility. Terms about the same pack are combined, and terms that are always true are omitted. */
export function incompatibility(terms: readonly Term[], cause: Incompatibility['cause']): Incompatibility {
  const byRef = new Map<string, Term>();
  for (const term of terms) {
    const existing = byRef.get(term.ref);
    byRef.set(term.ref, existing ? intersect(existing, term) : term);
  }
  return { terms: [...byRef.values()].filter((term) => !isAlwaysTrue(term)), cause };
}
