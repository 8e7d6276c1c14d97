/**
 * What is installed, read off the directories in place of the database: for who wants it at once and must leave no trace,
 * since SQLite makes a log even to read. What a crash left may show for as long as no other command mended it.
 */
import { basename, join } from 'node:path';
import { PACK_REF } from '../packs/pack-ref.ts';
import { exists, linkTarget, listDirectory } from '../platform/files/inspect.ts';
import type { Layout } from './layout.ts';

/** A release's directory is named by its version and the start of its digest, and maybe the number of a copy. */
const RELEASE = /^(.+)-[0-9a-f]{12}(?:-\d+)?$/;

/** The packs that other programs see, by ref. @throws FileError */
export function visiblePacks(layout: Layout): { readonly ref: string; readonly version: string }[] {
  if (!exists(layout.packs)) return [];
  const refs = listDirectory(layout.packs).flatMap(({ name, kind }) =>
    kind === 'link' && PACK_REF.test(name) ? name : [],
  );
  return refs.sort().map((ref) => ({ ref, version: versionIn(linkTarget(join(layout.packs, ref)) ?? '') ?? '' }));
}

/** The versions of a pack that are on the disk, in no particular order. @throws FileError */
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
