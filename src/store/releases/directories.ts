import { dirname, join, relative, resolve, sep } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Digest, sameDigest } from '../../packs/digest.ts';
import { directoryChecksum } from '../../packs/tree/checksum.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { removeEmptyDirectory, removeFile, removeTree, rename } from '../../platform/files/entries.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { exists, inspect, linkTarget, listIfPresent } from '../../platform/files/inspect.ts';
import { assertWritable, isForeignInStickyDirectory, permissionsOf } from '../../platform/files/permissions.ts';
import { replaceLink } from '../../platform/files/write.ts';
import { type Layout, makeStoreDirectories, makeStoreDirectory } from '../layout.ts';

/** The path of a release below `releases/`, with `/` between its two components: `slack/1.2.0-0ca87f5d99b7`. */
export type ReleaseDirectory = string;

/**
 * Moves a staged and flushed pack to `releases/`, where it is unused until the database refers to it. An existing tree with
 * the same checksum is used instead; a modified one is left to its users, and the new tree gets a numbered name.
 * @returns the directory to record
 */
export function moveToReleases(
  layout: Layout,
  staged: string,
  pack: { ref: string; version: string; checksum: Digest },
): ReleaseDirectory {
  const base = `${pack.ref}/${pack.version}-${pack.checksum.hex.slice(0, 12)}`;
  for (let copy = 1; ; copy++) {
    const directory = copy === 1 ? base : `${base}-${copy}`;
    const path = join(layout.releases, directory);
    if (!exists(path)) {
      makeStoreDirectory(dirname(path));
      rename(staged, path);
      fsyncDirectory(dirname(path));
      return directory;
    }
    if (hasChecksum(path, pack.checksum)) return directory;
  }
}

/** Creates the directories of refs to which releases are moved, and flushes `releases/` only once. */
export function makeRefDirectories({ releases }: Layout, refs: readonly string[]): void {
  makeStoreDirectories(refs.map((ref) => join(releases, ref)));
}

function hasChecksum(path: string, checksum: Digest): boolean {
  try {
    return sameDigest(directoryChecksum(directoryTree(path)), checksum);
  } catch {
    // A tree that cannot be read cannot be used again.
    return false;
  }
}

/** Returns the target to store in the link of a pack. */
function expectedTarget(layout: Layout, directory: ReleaseDirectory): string {
  return relative(layout.packs, join(layout.releases, directory));
}

/** The path of a pack's link is occupied by a file or directory that attune must not remove. */
export class PackPathOccupied extends AttuneError {
  constructor(path: string) {
    super('STORE_PLACE_TAKEN', `'${path}' is not a link created by attune, so no pack can be linked there.`, {
      facts: { path },
      hint: 'Move it away, then try again.',
    });
  }
}

/** The link of a pack belongs to another user, in a sticky directory, where only its owner can replace it. */
export class ForeignPackLink extends AttuneError {
  constructor(path: string) {
    const owner = permissionsOf(path)?.owner;
    super(
      'STORE_PERMISSION',
      `Cannot replace the link '${path}': it belongs to user ${owner}, and its directory is sticky (chmod +t).`,
      {
        facts: { path, owner },
        hint: `Run the command as that user or as root, or let the group replace links with: chmod -t '${dirname(path)}'`,
      },
    );
  }
}

/**
 * Verifies that this user can create or replace the link of a pack, before a change is committed that requires it.
 * @throws PackPathOccupied, ForeignPackLink, FileError
 */
export function refuseUnlinkable(layout: Layout, ref: string): void {
  const link = join(layout.packs, ref);
  const kind = inspect(link)?.kind;
  if (kind !== undefined && kind !== 'link') throw new PackPathOccupied(link);
  if (!exists(layout.packs)) return;
  assertWritable(layout.packs);
  if (kind === 'link' && isForeignInStickyDirectory(link)) throw new ForeignPackLink(link);
}

/** Points the link `packs/<ref>` to a release. @throws PackPathOccupied, ForeignPackLink, FileError */
export function linkRelease(layout: Layout, ref: string, directory: ReleaseDirectory): void {
  linkReleases(layout, [{ ref, directory }]);
}

/** Points the links of packs to releases, and flushes `packs/` only once. @throws the errors of `linkRelease` */
export function linkReleases(
  layout: Layout,
  releases: readonly { readonly ref: string; readonly directory: ReleaseDirectory }[],
): void {
  if (releases.length === 0) return;
  for (const { ref, directory } of releases) {
    refuseUnlinkable(layout, ref);
    makeStoreDirectory(layout.packs);
    replaceLink(join(layout.packs, ref), expectedTarget(layout, directory));
  }
  fsyncDirectory(layout.packs);
}

/** Returns whether the link `packs/<ref>` points to a release. */
export function isLinkedTo(layout: Layout, ref: string, directory: ReleaseDirectory): boolean {
  const target = linkTarget(join(layout.packs, ref));
  if (target === undefined) return false;
  // The target of a Windows junction is always absolute.
  const wanted = expectedTarget(layout, directory);
  return target === wanted || join(target) === join(layout.packs, wanted);
}

/** Removes the link of an uninstalled pack. Anything else than a link belongs to the user and stays. */
export function unlinkRelease(layout: Layout, ref: string): void {
  const link = join(layout.packs, ref);
  if (inspect(link)?.kind !== 'link') return;
  removeFile(link);
  fsyncDirectory(layout.packs);
}

/** Returns all release directories on the disk, recorded or not, except those that this user cannot list. */
export function listReleases(layout: Layout): ReleaseDirectory[] {
  return listRefs(layout).flatMap(({ ref, names = [] }) => names.map((name) => `${ref}/${name}`));
}

/** Removes the tree of a release, and the directory of its ref if it is then empty. */
export function removeRelease(layout: Layout, directory: ReleaseDirectory): void {
  const path = join(layout.releases, directory);
  removeTree(path);
  removeEmptyDirectory(dirname(path));
}

/** Returns the refs with an empty directory: a process was killed right after creating or before removing it. */
export function listEmptyRefs(layout: Layout): string[] {
  return listRefs(layout).flatMap(({ ref, names }) => (names?.length === 0 ? [ref] : []));
}

/** Returns the refs whose directories this user cannot list. */
export function listUnreadableRefs(layout: Layout): string[] {
  return listRefs(layout).flatMap(({ ref, names }) => (names === undefined ? [ref] : []));
}

interface RefDirectory {
  readonly ref: string;
  readonly names: readonly string[] | undefined;
}

/** A directory of another user that this one cannot list has no names: it must not block changes of other packs. */
function listRefs({ releases }: Layout): RefDirectory[] {
  return listIfPresent(releases).flatMap(({ name: ref, kind }): RefDirectory[] => {
    if (kind !== 'directory') return [];
    try {
      return [{ ref, names: listIfPresent(join(releases, ref)).map(({ name }) => name) }];
    } catch (error) {
      if (error instanceof FileError && error.code === 'STORE_PERMISSION') return [{ ref, names: undefined }];
      throw error;
    }
  });
}

export function removeEmptyRef(layout: Layout, ref: string): void {
  removeEmptyDirectory(join(layout.releases, ref));
}

/** Returns the names of the links in `packs/` that point into `releases/`. Other links belong to the user. */
export function listLinks(layout: Layout): string[] {
  const releases = layout.releases + sep;
  return listIfPresent(layout.packs).flatMap(({ name, kind }) => {
    const target = kind === 'link' ? linkTarget(join(layout.packs, name)) : undefined;
    return target !== undefined && resolve(layout.packs, target).startsWith(releases) ? [name] : [];
  });
}
