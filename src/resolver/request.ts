import type { DependencyGraph } from './new-cycles.ts';
import type { HeldVersion } from './pubgrub/model/problem.ts';

/** A pack with the versions that can be chosen. */
export interface RegistryPack {
  readonly versions: readonly PackVersion[];
}

export interface PackVersion {
  readonly version: string;
  /** The pack dependencies, each with its range: `core`, `core@^1.2`. */
  readonly dependencies: readonly string[];
  /** Why the version must not be chosen, unless it is requested exactly. */
  readonly yanked?: string | undefined;
  /** The time when the version was published, as written; an invalid date is ignored. */
  readonly publishedAt?: string | undefined;
  /** The newer version that is installed, if no other pack may downgrade it to this one. */
  readonly newerInstalled?: string | undefined;
}

/** A pack that the plan has to contain. */
export type PlanRoot<P extends RegistryPack> =
  /** The pack was already fetched from a path or a URL. */
  | { readonly kind: 'given'; readonly ref: string; readonly version: string; readonly dependencies: readonly string[] }
  /** `range` has npm's syntax; `undefined` for the latest release. */
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined; readonly pack: P }
  /** The pack is installed and not requested: its version is in `held`, or changes to `to` because of other packs. */
  | { readonly kind: 'installed'; readonly ref: string; readonly to?: { readonly range: string; readonly pack: P } };

export interface PlanRequest<P extends RegistryPack> {
  /** Refs are unique. */
  readonly roots: readonly PlanRoot<P>[];
  /** Preferred versions by ref; those with dependencies are installed. */
  readonly held: ReadonlyMap<string, HeldVersion>;
  /** Versions that were published later are not chosen. */
  readonly notAfter?: Date | undefined;
  /** The current dependencies of the installed packs, whose cycles are ignored. */
  readonly installed?: DependencyGraph;
  /** Finds a dependency; called at most once for each ref. Its errors are thrown by `planInstall`. */
  lookup(ref: string): Promise<P | undefined>;
  /** True if the plan omits and lists packs that no registry has; for previews only. */
  readonly allowMissing?: boolean;
}
