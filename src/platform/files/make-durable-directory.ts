import { dirname, join, relative, sep } from 'node:path';
import { createDirectories } from './entries.ts';
import { attempt, FileError } from './file-error.ts';
import { fsyncDirectory } from './fsync.ts';
import { giveNewDirectory } from './ownership.ts';

/**
 * Creates a directory and its parents so that they survive a power cut: flushes the parent of each new directory, which
 * contains its entry. What root creates in a directory of another user belongs to that user.
 * @throws FileError
 */
export function makeDurableDirectory(path: string, mode = 0o777): void {
  const first = attempt('create the directory', path, () => createDirectories(path, mode));
  if (first === undefined) return;
  makeDurable(first, relative(first, path).split(sep).filter(Boolean));
}

/** @param below the names of the new directories below this one, which is new as well */
function makeDurable(directory: string, below: readonly string[]): void {
  const [child, ...rest] = below;
  giveNewDirectory(directory, below.slice(0, 1));
  fsyncIfReadable(dirname(directory));
  if (child !== undefined) makeDurable(join(directory, child), rest);
}

/** Skips a directory that is writable but not readable, since it cannot be opened. */
function fsyncIfReadable(directory: string): void {
  try {
    fsyncDirectory(directory);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
  }
}
