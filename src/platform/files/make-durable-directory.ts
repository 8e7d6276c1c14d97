import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { attempt, FileError } from './file-error.ts';
import { fsyncDirectory } from './fsync.ts';

/**
 * Creates a directory and its parents so that they survive a power cut: flushes the parent of each new directory, which
 * contains its entry.
 * @throws FileError
 */
export function makeDurableDirectory(path: string, mode = 0o777): void {
  const first = attempt('create the directory', path, () => fs.mkdirSync(path, { recursive: true, mode }));
  if (first === undefined) return;
  const end = dirname(first);
  for (let directory = path; directory !== end; directory = dirname(directory)) fsyncIfReadable(dirname(directory));
}

/** Skips a directory that is writable but not readable, since it cannot be opened. */
function fsyncIfReadable(directory: string): void {
  try {
    fsyncDirectory(directory);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
  }
}
