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
}

/** A pack that the user asked for. */
export type PlanRoot<P extends RegistryPack> =
  /** It was fetched from a path or a URL already. */
  | { readonly kind: 'given'; readonly ref: string; readonly version: string; readonly dependencies: readonly string[] }
  /** `range` is npm's syntax; `undefined` for the latest release. */
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined; readonly pack: P };

export interface PlanRequest<P extends RegistryPack> {
  /** Every ref once. */
  readonly roots: readonly PlanRoot<P>[];
  /** The versions that are installed, by ref. A root replaces the one that is; any other is kept if it will do. */
  readonly installed: ReadonlyMap<string, string>;
  /** Finds a pack that is needed; asked at most once for each ref. What it throws comes out of `planInstall`. */
  lookup(ref: string): Promise<P | undefined>;
  /** Goes on without the packs that nobody has, and names them in the plan: for looking ahead, not for installing. */
  readonly leaveMissing?: boolean;
}
