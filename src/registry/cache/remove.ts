import { removeFile } from '../../platform/files/entries.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import { CacheNotWritable } from './errors.ts';
import { tryLockCache } from './lock.ts';

/** Files that SQLite would apply to a new database of the same name. */
const AUXILIARY_SUFFIXES = ['-wal', '-shm', '-journal'];

/**
 * Removes the index cache, unless another process is writing to it. A process that is reading it keeps the open file.
 * @param select returns the files of the cache, or none if it is to be kept; called under the lock
 * @returns the files; `undefined` while another process is writing
 * @throws FileError
 */
export function removeCache<T>(path: string, select: () => readonly T[]): readonly T[] | undefined {
  try {
    using lock = tryLockCache(path);
    if (lock === undefined) return undefined;
    const files = select();
    if (files.length > 0) removeDatabase(path);
    return files;
  } catch (error) {
    throw error instanceof CacheNotWritable ? error.cause : error;
  }
}

/**
 * Removes a database that turned out to be damaged. Does nothing while another process is writing, which replaces it.
 * @throws CacheNotWritable, FileError
 */
export function discardCache(path: string): void {
  using lock = tryLockCache(path);
  if (lock !== undefined) removeDatabase(path);
}

/** Removes files of an earlier attune before a new database takes the name. The caller holds the lock. @throws FileError */
export function removeAuxiliaryFiles(path: string): void {
  for (const suffix of AUXILIARY_SUFFIXES) removeFile(path + suffix);
}

function removeDatabase(path: string): void {
  removeFile(path);
  removeAuxiliaryFiles(path);
  removeStaleSiblings(path);
}
