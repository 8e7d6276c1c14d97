import { AttuneError } from '../../errors.ts';
import type { Graph } from '../installed/pack-graph.ts';

/** What is asked for: this version of a pack, and whether a registry has it. */
interface Wanted {
  readonly ref: string;
  /** `undefined` where nobody has what was asked for. */
  readonly version: string | undefined;
  readonly inRegistry: boolean;
}

interface Standing {
  readonly ref: string;
  readonly version: string;
  readonly installed: string;
}

/** Packs that are there already, in whatever version. */
export class AlreadyInstalled extends AttuneError {
  /** @param upgrades what `pack upgrade` could be given instead */
  constructor(conflicts: readonly Standing[], upgrades: readonly string[]) {
    const lines = conflicts.map(({ ref, version, installed }) =>
      installed === version
        ? `Pack '${ref}' ${version} is already installed.`
        : `Pack '${ref}' is already installed in version ${installed}; ${version} was asked for.`,
    );
    super('EXISTS_PACK', lines.join('\n'), { facts: { packs: conflicts }, hint: hintFor(conflicts, upgrades) });
  }
}

function hintFor(conflicts: readonly Standing[], upgrades: readonly string[]): string {
  if (conflicts.every(({ version, installed }) => version === installed)) {
    return 'Reinstall it with --force, or leave it as it is with --skip-existing.';
  }
  if (upgrades.length === 0) return 'To replace it by what was asked for, give --force.';
  return `Move to that version with: attune pack upgrade ${upgrades.join(' ')}; or replace what is installed with --force.`;
}

/** What must not leave its version. */
export class PackPinned extends AttuneError {
  constructor(pinned: readonly { readonly ref: string; readonly version: string }[]) {
    const packs = pinned.map(({ ref, version }) => ({ ref, version }));
    super('DEPENDENCY_PINNED', packs.map(({ ref, version }) => `Pack '${ref}' is pinned at ${version}.`).join('\n'), {
      facts: { packs },
      hint: `Let go of it first with: attune pack unpin ${packs.map(({ ref }) => ref).join(' ')}`,
    });
  }
}

/** @param versionOf the version that is installed @throws AlreadyInstalled naming every one of the packs that are */
export function assertNotInstalled(wanted: readonly Wanted[], versionOf: (ref: string) => string | undefined): void {
  const conflicts = wanted.flatMap(({ ref, version, inRegistry }) => {
    const installed = versionOf(ref);
    return installed === undefined || version === undefined ? [] : [{ ref, version, installed, inRegistry }];
  });
  if (conflicts.length === 0) return;
  const upgrades = conflicts.filter(({ version, installed, inRegistry }) => inRegistry && version !== installed);
  throw new AlreadyInstalled(
    conflicts.map(({ ref, version, installed }) => ({ ref, version, installed })),
    upgrades.map(({ ref, version }) => `${ref}@${version}`),
  );
}

/** @throws PackPinned naming every pinned pack of which another version is wanted */
export function assertPinnedUnchanged(wanted: readonly Wanted[], graph: Graph): void {
  const versions = new Map(wanted.map(({ ref, version }) => [ref, version]));
  const pinned = graph.filter((pack) => pack.pinned && (versions.get(pack.ref) ?? pack.version) !== pack.version);
  if (pinned.length > 0) throw new PackPinned(pinned);
}
