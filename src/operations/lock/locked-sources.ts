import { parseDigest } from '../../packs/digest.ts';
import {
  isMachineSpecific,
  type LockedSource,
  resolveLockedLocation,
  toLockedLocation,
} from '../../packs/lock/locked-source.ts';
import type { Provenance } from '../../packs/provenance.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { SourceRequest } from '../../sources/source.ts';
import type { InstalledNode } from '../../store/installed.ts';

/**
 * Returns the source to lock for an installed pack; `undefined` for a pack of a registry. Warns if another machine may not
 * be able to fetch the pack.
 * @param directory the directory of the lock
 */
export function lockedSource(
  pack: InstalledNode,
  directory: string,
  { warn }: Pick<Reporter, 'warn'>,
): LockedSource | undefined {
  if (pack.registry !== null) return undefined;
  const source = sourceOf(pack, directory);
  if (typeof source === 'string') {
    warn(`'${pack.ref}' ${source}: another machine can install it only if a registry or its cache has these files.`);
    return undefined;
  }
  if (isMachineSpecific(source.url)) {
    warn(
      `'${pack.ref}' is locked with the path '${source.url}': another machine can install it only if it has that path.`,
    );
  }
  return source;
}

/** Returns the source of a pack, or why it cannot be locked. */
function sourceOf(pack: InstalledNode, directory: string): LockedSource | string {
  const { source_type: type, source_url, source_commit: commit, archive_checksum: checksum } = pack;
  if (type === 'directory') return 'was installed from a directory, which a lock cannot identify';
  // Secrets in a URL are not recorded.
  if (source_url.includes('\u2026')) return 'was installed from a URL with a secret parameter, which is not recorded';
  const url = toLockedLocation(source_url, directory);
  if (type === 'archive') {
    return checksum === null
      ? 'was installed from an archive whose checksum is not recorded'
      : { type, url, checksum: parseDigest(checksum) };
  }
  if (commit === null) return 'was installed from a git repository, but its commit is not recorded';
  return { type, url, ref: pack.source_ref ?? undefined, refType: pack.source_ref_type ?? undefined, commit };
}

/** Returns the request that fetches a locked source. @param directory the directory of the lock */
export function lockedRequest(source: LockedSource, directory: string): SourceRequest {
  const url = new SafeUrl(resolveLockedLocation(source.url, directory));
  return source.type === 'git'
    ? { kind: 'git', url, refSpec: source.commit }
    : { kind: 'archive', url, expected: source.checksum };
}

/** Returns the provenance to record for a pack from a locked source. @param directory the directory of the lock */
export function lockedProvenance(source: LockedSource, directory: string): Provenance {
  const url = `${new SafeUrl(resolveLockedLocation(source.url, directory))}`;
  const { type } = source;
  if (source.type === 'archive') return { type, url, mirror: undefined, ref: null, commit: null };
  const { ref = null, refType, commit } = source;
  return { type, url, mirror: undefined, ref, refType, commit };
}
