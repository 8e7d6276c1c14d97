/** What the solver is given and what it gives back: data, and no word about registries or disks. */

/** A version that a registry has. */
export interface Candidate {
  readonly version: string;
  /** The packs that it needs, each with its range: `core`, `core@^1.2`. */
  readonly dependencies: readonly string[];
  /** Why it must not be chosen, unless it is locked. */
  readonly yanked?: string | undefined;
  readonly publishedAt?: Date | undefined;
}

/** All versions that a registry has of a pack, in any order; `undefined` where no registry has the pack. */
export type Answer<C extends Candidate> = readonly C[] | undefined;

/** What has to be there in the end. */
export type Root =
  /** `range` is npm's syntax; `undefined` for the latest release. */
  | { readonly kind: 'wanted'; readonly ref: string; readonly range: string | undefined }
  /** The content is at hand, from a path or a URL: there is this version and no other. */
  | { readonly kind: 'given'; readonly ref: string; readonly version: string; readonly dependencies: readonly string[] }
  /** It is installed and stays so, in this version or another: see `Held`. */
  | { readonly kind: 'kept'; readonly ref: string };

/** A version that is chosen before all others if it will do. It may be yanked, a prerelease, or too young. */
export interface Held {
  readonly version: string;
  /** For the explanation. */
  readonly as: 'installed' | 'pinned' | 'locked';
  /** No other version is chosen: where this one will not do, there is no solution. */
  readonly firm: boolean;
  /** Where the version is at hand, and no registry has to be asked for it; `undefined` for one of a registry's. */
  readonly dependencies?: readonly string[] | undefined;
}

export interface Problem {
  readonly roots: readonly Root[];
  readonly held?: ReadonlyMap<string, Held>;
  /** Refs that must not be chosen in any version, with the reason: `it was removed by this command`. */
  readonly excluded?: ReadonlyMap<string, string>;
  /** A version that was published later is not chosen; one that does not say when it was, may be. */
  readonly notAfter?: Date | undefined;
  /** Packs that no registry has are taken as there, and listed. */
  readonly leaveMissing?: boolean | undefined;
  /** After so many wrong turns the search is given up; 20,000 if it is not said. */
  readonly maxConflicts?: number;
}

export type ResolvedPack<C extends Candidate> = {
  readonly ref: string;
  readonly version: string;
  /** The refs that it needs, ascending; those that are left out are not among them. */
  readonly needs: readonly string[];
} & (
  | { readonly from: 'registry'; readonly candidate: C }
  /** A root whose content is at hand. */
  | { readonly from: 'given' }
  /** The held version, which is at hand: there is nothing to do. */
  | { readonly from: 'held' }
);

/** A pack that no registry has, and who needs it. */
export interface MissingPack {
  readonly ref: string;
  readonly neededBy: readonly { readonly ref: string; readonly version: string; readonly range: string | undefined }[];
}

export interface Solved<C extends Candidate> {
  readonly solved: true;
  /** Each after all that it needs, otherwise by ref. */
  readonly packs: readonly ResolvedPack<C>[];
  /** With `leaveMissing`, by ref. */
  readonly missing: readonly MissingPack[];
  /** Circles of needs that are not all installed yet, each with its first ref repeated at its end. */
  readonly cycles: readonly (readonly string[])[];
}

export interface Unsolvable {
  readonly solved: false;
  /** Each a reason of its own why there is no solution; at least one. */
  readonly conflicts: readonly Conflict[];
  /** Circles in what would be installed if it were not for the conflicts. */
  readonly cycles: readonly (readonly string[])[];
}

export interface Conflict {
  /** The packs in which it ends: what is wanted of them cannot be had. Empty where it has no such end. */
  readonly about: readonly string[];
  /** The proof, a sentence a line; the last is its end. */
  readonly lines: readonly string[];
  /** What the proof rests on, for programs. */
  readonly facts: readonly ConflictFact[];
}

/** `kind` and `ref`, and what else there is to say, in snake_case. */
export interface ConflictFact {
  readonly kind: string;
  readonly ref: string;
  readonly [key: string]: unknown;
}

export type Outcome<C extends Candidate> = Solved<C> | Unsolvable;
