/**
 * The sections of the cache directory. Files outside of these sections are not attune's: they are counted but never
 * removed, because the user may share the cache directory with other programs.
 */
import { join } from 'node:path';
import { type FileUsage, listFilesBelow } from '../../platform/files/disk-usage.ts';
import { exists, listDirectory } from '../../platform/files/inspect.ts';

export type CacheSection = 'downloads' | 'contents' | 'indexes' | 'code';

/** The names in the cache directory that belong to each section. Lock files count as part of `indexes`. */
const NAMES: Readonly<Record<CacheSection, readonly string[]>> = {
  downloads: ['downloads'],
  contents: ['contents'],
  indexes: ['indexes.db', 'indexes.db-wal', 'indexes.db-shm', 'locks'],
  // Compiled code and native modules that the executable unpacks.
  code: ['code', 'native'],
};

export const CACHE_SECTIONS = Object.keys(NAMES) as CacheSection[];

/** Lists the files of a section. @throws FileError if it is unreadable */
export function filesInSection(cache: string, section: CacheSection): FileUsage[] {
  return NAMES[section].flatMap((name) => listFilesBelow(join(cache, name)));
}

/** Lists the files that belong to no section. @throws FileError if they are unreadable */
export function unknownFiles(cache: string): FileUsage[] {
  if (!exists(cache)) return [];
  const known = new Set(Object.values(NAMES).flat());
  return listDirectory(cache).flatMap(({ name }) => (known.has(name) ? [] : listFilesBelow(join(cache, name))));
}
