import { dirname, join, relative, resolve, sep } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { type Digest, sameDigest } from '../../packs/digest.ts';
import { directoryChecksum } from '../../packs/tree/checksum.ts';
import { directoryTree } from '../../packs/tree/directory-tree.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { removeEmptyDirectory, removeFile, removeTree, rename } from '../../platform/files/entries.ts';
import { exists, inspect, linkTarget, listDirectory } from '../../platform/files/inspect.ts';
import { replaceLink } from '../../platform/files/write.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';

/** A release's directory below `releases/`, `/` between its two components: `slack/1.2.0-0ca87f5d99b7`. */
export type ReleaseDirectory = string;

/**
 * Moves a staged pack to its place among the releases, where nobody sees it until the database says so. A tree that
 * stands there already serves if it is still what its name promises; one that was tampered with is left for whoever uses
 * it, and the new tree gets a name beside it. What is staged is on the disk already.
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
    if (holds(path, pack.checksum)) return directory;
  }
}

function holds(path: string, checksum: Digest): boolean {
  try {
    return sameDigest(directoryChecksum(directoryTree(path)), checksum);
  } catch {
    // Whatever keeps it from being read keeps it from being used again.
    return false;
  }
}

/** Where a pack's link has to lead, as it is written in the link. */
function expectedTarget(layout: Layout, directory: ReleaseDirectory): string {
  return relative(layout.packs, join(layout.releases, directory));
}

/** What stands where the link of a pack has to be, and is not attune's to remove. */
export class PackPathOccupied extends AttuneError {
  constructor(path: string) {
    super('STORE_PLACE_TAKEN', `'${path}' is not a link of attune's, so no pack can be shown there.`, {
      facts: { path },
      hint: 'Move it away, then try again.',
    });
  }
}

/** @throws PackPathOccupied */
export function refuseOccupiedPath(layout: Layout, ref: string): void {
  const link = join(layout.packs, ref);
  const kind = inspect(link)?.kind;
  if (kind !== undefined && kind !== 'link') throw new PackPathOccupied(link);
}

/** Makes `packs/<ref>` show a release. @throws PackPathOccupied */
export function linkRelease(layout: Layout, ref: string, directory: ReleaseDirectory): void {
  refuseOccupiedPath(layout, ref);
  makeStoreDirectory(layout.packs);
  replaceLink(join(layout.packs, ref), expectedTarget(layout, directory));
}

export function isLinkedTo(layout: Layout, ref: string, directory: ReleaseDirectory): boolean {
  const target = linkTarget(join(layout.packs, ref));
  if (target === undefined) return false;
  // A junction's target is absolute, whatever it was given.
  const wanted = expectedTarget(layout, directory);
  return target === wanted || join(target) === join(layout.packs, wanted);
}

/** Removes the link of a pack that is no more. A directory that stands there in its place is somebody's, and stays. */
export function unlinkRelease(layout: Layout, ref: string): void {
  const link = join(layout.packs, ref);
  if (inspect(link)?.kind !== 'link') return;
  removeFile(link);
  fsyncDirectory(layout.packs);
}

/** Every release directory on the disk, known or not. */
export function listReleases(layout: Layout): ReleaseDirectory[] {
  if (!exists(layout.releases)) return [];
  return listDirectory(layout.releases).flatMap(({ name: ref, kind }) =>
    kind === 'directory' ? listDirectory(join(layout.releases, ref)).map(({ name }) => `${ref}/${name}`) : [],
  );
}

/** Removes a release's tree, and its ref's directory when that was the last one. */
export function removeRelease(layout: Layout, directory: ReleaseDirectory): void {
  const path = join(layout.releases, directory);
  removeTree(path);
  removeEmptyDirectory(dirname(path));
}

/** The refs whose directory has no release in it: a process was killed just after it made one, or just before it was to go. */
export function listEmptyRefs(layout: Layout): string[] {
  if (!exists(layout.releases)) return [];
  return listDirectory(layout.releases).flatMap(({ name, kind }) =>
    kind === 'directory' && listDirectory(join(layout.releases, name)).length === 0 ? [name] : [],
  );
}

export function removeEmptyRef(layout: Layout, ref: string): void {
  removeEmptyDirectory(join(layout.releases, ref));
}

/** The links in `packs/` that lead to releases, by name. One that leads elsewhere is somebody's own. */
export function listLinks(layout: Layout): string[] {
  if (!exists(layout.packs)) return [];
  const releases = layout.releases + sep;
  return listDirectory(layout.packs).flatMap(({ name, kind }) => {
    const target = kind === 'link' ? linkTarget(join(layout.packs, name)) : undefined;
    return target !== undefined && resolve(layout.packs, target).startsWith(releases) ? [name] : [];
  });
}
