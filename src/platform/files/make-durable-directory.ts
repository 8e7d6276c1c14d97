import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { attempt, FileFault } from './file-error.ts';
import { flushDirectory } from './fsync.ts';

/**
 * Makes a directory that is still there after a power cut, with those above it: each new one is an entry in its parent,
 * and that is what has to be flushed.
 * @throws FileFault
 */
export function makeLastingDirectory(path: string, mode = 0o777): void {
  const first = attempt('create the directory', path, () => fs.mkdirSync(path, { recursive: true, mode }));
  if (first === undefined) return;
  const end = dirname(first);
  for (let directory = path; directory !== end; directory = dirname(directory)) flushEntries(dirname(directory));
}

/** Where one may make something but not look, the system has to see to it by itself. */
function flushEntries(directory: string): void {
  try {
    flushDirectory(directory);
  } catch (error) {
    if (!(error instanceof FileFault) || error.code !== 'STORE_PERMISSION') throw error;
  }
}
