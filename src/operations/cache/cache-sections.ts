/**
 * What lies in the cache directory, room by room. Each room is somebody's, and what is in none of them is not attune's:
 * it is counted and never touched, because a cache directory may be one that somebody uses for other things too.
 */
import { join } from 'node:path';
import { filesBelow, type MeasuredFile } from '../../platform/files/disk-usage.ts';
import { exists, listDirectory } from '../../platform/files/read.ts';

export type CacheRoom = 'downloads' | 'contents' | 'indexes' | 'code';

/** The names in the cache directory that belong to each room; files that hold locks mean nothing by themselves. */
const NAMES: Readonly<Record<CacheRoom, readonly string[]>> = {
  downloads: ['downloads'],
  contents: ['contents'],
  indexes: ['indexes.db', 'indexes.db-wal', 'indexes.db-shm', 'locks'],
  // The executable unpacks a part of itself.
  code: ['code', 'native'],
};

export const CACHE_ROOMS = Object.keys(NAMES) as CacheRoom[];

/** @throws FileFault where it cannot be read */
export function filesOfRoom(cache: string, room: CacheRoom): MeasuredFile[] {
  return NAMES[room].flatMap((name) => filesBelow(join(cache, name)));
}

/** What is in no room. @throws FileFault where it cannot be read */
export function otherFiles(cache: string): MeasuredFile[] {
  if (!exists(cache)) return [];
  const known = new Set(Object.values(NAMES).flat());
  return listDirectory(cache).flatMap(({ name }) => (known.has(name) ? [] : filesBelow(join(cache, name))));
}
