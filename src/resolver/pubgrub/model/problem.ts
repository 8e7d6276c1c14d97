/** The input and output of the solver. They are plain data and independent of registries and the store. */

/** A version in a registry. */
export interface Candidate {
  readonly version: string;
  /** The pack dependencies, each with its range: `core`, `core@^1.2`. */
  readonly dependencies: readonly string[];
  /** Why the version must not be chosen, unless it is held or a root requests exactly this version. */
  readonly yanked?: string | undefined;
  readonly publishedAt?: Date | undefined;
  /** The newer version that is installed, if this one must not replace it. */
  readonly newerInstalled?: string | undefined;
}

/** All versions of a pack, in any order; `undefined` if no registry has the pack. */
export type LookupResult<C extends Candidate> = readonly C[] | undefined;

/** A pack that the solution has to contain. */
export type Root =
  /** `range` has npm's syntax; `undefined` for the latest release. */
  | { readonly kind: 'requested'; readonly ref: string; readonly range: string | undefined }
  /** The content was already fetched from a path or a URL, so this is the only version. */
  | { readonly kind: 'given'; readonly ref: string; readonly version: string; readonly dependencies: readonly string[] }
  /** The pack is installed and stays installed, in this or another version; see `HeldVersion`. */
  | { readonly kind: 'installed'; readonly ref: string };

/** A version that is preferred over all others. It may be yanked, a prerelease, or newer than `notAfter`. */
export interface HeldVersion {
  readonly version: string;
  /** The reason for the preference, for the explanation. */
  readonly reason: 'installed' | 'pinned' | 'locked';
  /** True if other versions are excluded: if this one cannot be chosen, there is no solution. */
  readonly required: boolean;
  /** The dependencies of an installed version, which no registry has to be queried for; `undefined` if it is not installed. */
  readonly dependencies?: readonly string[] | undefined;
}

export interface Problem {
  readonly roots: readonly Root[];
  readonly held?: ReadonlyMap<string, HeldVersion>;
  /** Refs that must not be chosen in any version, with the reason: `it was removed by this command`. */
  readonly excluded?: ReadonlyMap<string, string>;
  /** Versions that were published later are not chosen; versions without a publication date may be. */
  readonly notAfter?: Date | undefined;
  /** True if packs that no registry has are assumed to be present, and listed in the outcome. */
  readonly allowMissing?: boolean | undefined;
  /** The maximum number of conflicts that the solver resolves before it gives up; 20,000 by default. */
  readonly maxConflicts?: number;
}

export type ResolvedPack<C extends Candidate> = {
  readonly ref: string;
  readonly version: string;
  /** The refs of its dependencies in the solution, ascending. */
  readonly dependencies: readonly string[];
} & (
  | { readonly from: 'registry'; readonly candidate: C }
  /** A given root. */
  | { readonly from: 'given' }
  /** The installed version, so that there is nothing to do. */
  | { readonly from: 'installed' }
);

/** A pack that no registry has, with the packs that depend on it. */
export interface MissingPack {
  readonly ref: string;
  readonly neededBy: readonly { readonly ref: string; readonly version: string; readonly range: string | undefined }[];
}

export interface Solved<C extends Candidate> {
  readonly solved: true;
  /** Sorted so that every pack comes after its dependencies, then by ref. */
  readonly packs: readonly ResolvedPack<C>[];
  /** Missing packs by ref, with `allowMissing`. */
  readonly missing: readonly MissingPack[];
  /** Dependency cycles that are not completely installed yet, each with its first ref repeated at the end. */
  readonly cycles: readonly (readonly string[])[];
}

export interface Unsolvable {
  readonly solved: false;
  /** Independent conflicts, at least one. */
  readonly conflicts: readonly Conflict[];
  /** Dependency cycles in the solution that remains without the conflicting packs. */
  readonly cycles: readonly (readonly string[])[];
}

export interface Conflict {
  /** The packs whose requirements cannot be satisfied; may be empty. */
  readonly about: readonly string[];
  /** The explanation, one sentence per line; the last line is the conclusion. */
  readonly lines: readonly string[];
  /** The facts that the conflict is derived from, for the JSON output. */
  readonly facts: readonly ConflictFact[];
}

/** A fact with its `kind`, its `ref` and further properties in snake_case. */
export interface ConflictFact {
  readonly kind: string;
  readonly ref: string;
  readonly [key: string]: unknown;
}

export type Outcome<C extends Candidate> = Solved<C> | Unsolvable;
