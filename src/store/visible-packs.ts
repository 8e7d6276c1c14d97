/**
 * Lists installed packs from the directories instead of the database, for shell completion: it is fast, and leaves no files,
 * whereas SQLite creates a log even for reading. After a crash the result may be outdated until the next command.
 */
import { basename, join } from 'node:path';
import { PACK_REF } from '../packs/pack-ref.ts';
import { exists, linkTarget, listDirectory } from '../platform/files/inspect.ts';
import type { Layout } from './layout.ts';

/** A release directory is named after its version, the start of its digest, and optionally the number of a copy. */
const RELEASE = /^(.+)-[0-9a-f]{12}(?:-\d+)?$/;

/** Returns the packs that are linked in `packs/`, sorted by ref. @throws FileError */
export function visiblePacks(layout: Layout): { readonly ref: string; readonly version: string }[] {
  if (!exists(layout.packs)) return [];
  const refs = listDirectory(layout.packs).flatMap(({ name, kind }) =>
    kind === 'link' && PACK_REF.test(name) ? name : [],
  );
  return refs.sort().map((ref) => ({ ref, version: versionIn(linkTarget(join(layout.packs, ref)) ?? '') ?? '' }));
}

/** Returns the versions of a pack in `releases/`, in no particular order. @throws FileError */
export function retainedVersions(layout: Layout, ref: string): string[] {
  const directory = join(layout.releases, ref);
  if (!PACK_REF.test(ref) || !exists(directory)) return [];
  const versions = listDirectory(directory).flatMap(({ name, kind }) =>
    kind === 'directory' ? (versionIn(name) ?? []) : [],
  );
  return [...new Set(versions)];
}

function versionIn(release: string): string | undefined {
  return RELEASE.exec(basename(release))?.[1];
}
