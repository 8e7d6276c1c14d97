import { dirname, join, relative, sep } from 'node:path';
import { createDirectories } from './entries.ts';
import { attempt, FileError } from './file-error.ts';
import { fsyncDirectory } from './fsync.ts';
import { giveNewDirectory } from './ownership.ts';

/**
 * Creates a directory and its parents so that they survive a power cut. What root creates in a directory of another user
 * belongs to that user.
 * @throws FileError
 */
export function makeDurableDirectory(path: string, mode = 0o777): void {
  makeDurableDirectories([path], mode);
}

/** Creates directories like `makeDurableDirectory`. A parent of several of them is flushed once. @throws FileError */
export function makeDurableDirectories(paths: readonly string[], mode = 0o777): void {
  const parents = new Set<string>();
  for (const path of paths) {
    const first = attempt('create the directory', path, () => createDirectories(path, mode));
    if (first !== undefined) giveNew(first, relative(first, path).split(sep).filter(Boolean), parents);
  }
  // The parent of a new directory contains its entry.
  for (const parent of parents) fsyncIfReadable(parent);
}

/**
 * @param below the names of the new directories below this one, which is new as well
 * @param parents collects the parents of new directories
 */
function giveNew(directory: string, below: readonly string[], parents: Set<string>): void {
  const [child, ...rest] = below;
  giveNewDirectory(directory, below.slice(0, 1));
  parents.add(dirname(directory));
  if (child !== undefined) giveNew(join(directory, child), rest, parents);
}

/** Skips a directory that is writable but not readable, since it cannot be opened. */
function fsyncIfReadable(directory: string): void {
  try {
    fsyncDirectory(directory);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
  }
}
