import { AttuneError } from '../../errors.ts';
import type { Graph } from '../installed/pack-graph.ts';

/** A pack that the user requested, and whether a registry has it. */
interface RequestedPack {
  readonly ref: string;
  /** `undefined` if no version matches the request. */
  readonly version: string | undefined;
  readonly inRegistry: boolean;
}

interface InstalledConflict {
  readonly ref: string;
  readonly version: string;
  readonly installed: string;
  readonly inRegistry: boolean;
}

/** Requested packs are already installed, in the same or another version. */
export class AlreadyInstalled extends AttuneError {
  readonly conflicts: readonly InstalledConflict[];

  constructor(conflicts: readonly InstalledConflict[], hint?: string) {
    const lines = conflicts.map(({ ref, version, installed }) =>
      installed === version
        ? `Pack '${ref}' ${version} is already installed.`
        : `Pack '${ref}' is already installed in version ${installed}; version ${version} was requested.`,
    );
    const packs = conflicts.map(({ ref, version, installed }) => ({ ref, version, installed }));
    super('EXISTS_PACK', lines.join('\n'), { facts: { packs }, ...(hint === undefined ? {} : { hint }) });
    this.conflicts = conflicts;
  }
}

/** The version of a pinned pack would change. */
export class PackPinned extends AttuneError {
  constructor(pinned: readonly { readonly ref: string; readonly version: string }[]) {
    const packs = pinned.map(({ ref, version }) => ({ ref, version }));
    super('DEPENDENCY_PINNED', packs.map(({ ref, version }) => `Pack '${ref}' is pinned at ${version}.`).join('\n'), {
      facts: { packs },
      hint: `Unpin it first with 'attune pack unpin ${packs.map(({ ref }) => ref).join(' ')}'.`,
    });
  }
}

/**
 * Verifies that none of the requested packs is installed.
 * @param versionOf returns the installed version of a pack
 * @throws AlreadyInstalled that names every installed pack
 */
export function assertNotInstalled(
  requested: readonly RequestedPack[],
  versionOf: (ref: string) => string | undefined,
): void {
  const conflicts = requested.flatMap(({ ref, version, inRegistry }) => {
    const installed = versionOf(ref);
    return installed === undefined || version === undefined ? [] : [{ ref, version, installed, inRegistry }];
  });
  if (conflicts.length > 0) throw new AlreadyInstalled(conflicts);
}

/** Verifies that no pinned pack changes its version. @throws PackPinned that names every pinned pack that would change */
export function assertPinnedUnchanged(requested: readonly RequestedPack[], graph: Graph): void {
  const versions = new Map(requested.map(({ ref, version }) => [ref, version]));
  const pinned = graph.filter((pack) => pack.pinned && (versions.get(pack.ref) ?? pack.version) !== pack.version);
  if (pinned.length > 0) throw new PackPinned(pinned);
}
