import type { DependencyGraph } from './new-cycles.ts';
import type { Held } from './pubgrub/model/problem.ts';

/** A pack that can be chosen from. */
export interface RegistryPack {
  readonly versions: readonly PackVersion[];
}

export interface PackVersion {
  readonly version: string;
  /** The packs that it needs, each with its range: `core`, `core@^1.2`. */
  readonly dependencies: readonly string[];
  /** Why it must not be chosen. */
  readonly yanked?: string | undefined;
  /** As the publisher wrote it; what is no date says nothing. */
  readonly publishedAt?: string | undefined;
}

/** A pack that has to be there in the end. */
export type PlanRoot<P extends RegistryPack> =
  /** It was fetched from a path or a URL already. */
  | { readonly kind: 'given'; readonly ref: string; readonly version: string; readonly dependencies: readonly string[] }
  /** `range` is npm's syntax; `undefined` for the latest release. */
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined; readonly pack: P }
  /** It is installed, and nobody asked for it now: it is among `held`, or it moves for the sake of others. */
  | { readonly kind: 'kept'; readonly ref: string; readonly to?: { readonly range: string; readonly pack: P } };

export interface PlanRequest<P extends RegistryPack> {
  /** Every ref once. */
  readonly roots: readonly PlanRoot<P>[];
  /** What is chosen before anything else if it will do, by ref. Where its needs are given, it is installed. */
  readonly held: ReadonlyMap<string, Held>;
  /** What was published later is not chosen. */
  readonly notAfter?: Date | undefined;
  /** What the installed packs need now: the circles among them are no news. */
  readonly standing?: DependencyGraph;
  /** Finds a pack that is needed; asked at most once for each ref. What it throws comes out of `planInstall`. */
  lookup(ref: string): Promise<P | undefined>;
  /** Goes on without the packs that nobody has, and names them in the plan: for looking ahead, not for installing. */
  readonly leaveMissing?: boolean;
}
