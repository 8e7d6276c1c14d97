/** Creates, renames and removes directory entries. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { attempt } from './file-error.ts';
import { listDirectory } from './inspect.ts';

/** Creates a directory and its parents. @param mode before the umask is applied; 0700 excludes other users @throws FileError */
export function makeDirectory(path: string, mode = 0o777): void {
  attempt('create the directory', path, () => fs.mkdirSync(path, { recursive: true, mode }));
}

/** Removes a file or tree, including read-only directories such as those of Go's module cache. @throws FileError */
export function removeTree(path: string): void {
  const remove = () => fs.rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    remove();
  } catch {
    attempt('remove', path, () => {
      makeDirectoriesWritable(path);
      remove();
    });
  }
}

function makeDirectoriesWritable(path: string): void {
  if (!fs.lstatSync(path).isDirectory()) return;
  fs.chmodSync(path, 0o700);
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) makeDirectoriesWritable(join(path, entry.name));
  }
}

/** Removes a file or link if it exists. @throws FileError */
export function removeFile(path: string): void {
  attempt('remove', path, () => fs.rmSync(path, { force: true }));
}

/** Removes a directory if it is empty. @throws FileError */
export function removeEmptyDirectory(path: string): void {
  if (listDirectory(path).length === 0) attempt('remove', path, () => fs.rmdirSync(path));
}

/** Moves an entry within one file system and replaces a file or link at `to`. @throws FileError */
export function rename(from: string, to: string): void {
  attempt(`move '${from}' to`, to, () => fs.renameSync(from, to));
}
