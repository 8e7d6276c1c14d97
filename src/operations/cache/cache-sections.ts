/**
 * The sections of the cache directory. Files outside of these sections are not attune's: they are counted but never
 * removed, because the user may share the cache directory with other programs.
 */
import { join } from 'node:path';
import { type FileUsage, listFilesBelow } from '../../platform/files/disk-usage.ts';
import { exists, listDirectory } from '../../platform/files/inspect.ts';

export type CacheSection = 'downloads' | 'contents' | 'indexes' | 'code';

/** The database of the index cache, and files of the same prefix that a killed process or an earlier attune left. */
const INDEX_FILE = /^indexes\.db(-|\.|$)/;

/** Other names in the cache directory that belong to each section. Lock files count as part of `indexes`. */
const NAMES: Readonly<Record<CacheSection, readonly string[]>> = {
  downloads: ['downloads'],
  contents: ['contents'],
  indexes: ['locks'],
  // Compiled code and native modules that the executable unpacks.
  code: ['code', 'native'],
};

export const CACHE_SECTIONS = Object.keys(NAMES) as CacheSection[];

/** Lists the files of a section. @throws FileError if it is unreadable */
export function filesInSection(cache: string, room: CacheSection): FileUsage[] {
  const files = NAMES[room].flatMap((name) => listFilesBelow(join(cache, name)));
  return room === 'indexes' ? [...indexFiles(cache), ...files] : files;
}

/** Lists the files of the index cache without its lock. @throws FileError if they are unreadable */
export function indexFiles(cache: string): FileUsage[] {
  return namesIn(cache).flatMap((name) => (INDEX_FILE.test(name) ? listFilesBelow(join(cache, name)) : []));
}

/** Lists the files that belong to no section. @throws FileError if they are unreadable */
export function unknownFiles(cache: string): FileUsage[] {
  const known = new Set(Object.values(NAMES).flat());
  return namesIn(cache).flatMap((name) =>
    known.has(name) || INDEX_FILE.test(name) ? [] : listFilesBelow(join(cache, name)),
  );
}

function namesIn(directory: string): string[] {
  return exists(directory) ? listDirectory(directory).map(({ name }) => name) : [];
}
