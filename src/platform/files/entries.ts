/** Creates, renames and removes directory entries. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt, FileError } from './file-error.ts';
import { listDirectory } from './inspect.ts';

const OWNER_ACCESS = 0o700;

/** Creates a directory and its parents. @param mode before the umask is applied; 0700 excludes other users @throws FileError */
export function makeDirectory(path: string, mode = 0o777): void {
  attempt('create the directory', path, () => createDirectories(path, mode));
}

/**
 * Creates a directory and its parents. On a read-only file system, the recursive call reports ENOENT (Node 24), so the reason
 * is determined by a check of the existing parent.
 * @returns the first directory that was created
 */
export function createDirectories(path: string, mode: number): string | undefined {
  try {
    return fs.mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? (readOnlyError(firstMissing(path)) ?? error) : error;
  }
}

function readOnlyError(path: string): NodeJS.ErrnoException | undefined {
  try {
    fs.accessSync(dirname(path), fs.constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS' ? (error as NodeJS.ErrnoException) : undefined;
  }
}

function firstMissing(path: string): string {
  const parent = dirname(path);
  return parent === path || fs.existsSync(parent) ? path : firstMissing(parent);
}

/**
 * Removes a file or tree, including read-only directories such as those of Go's module cache.
 * @throws FileError that names the entry that cannot be removed
 */
export function removeTree(path: string): void {
  const remove = () => fs.rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    remove();
  } catch {
    makeDirectoriesWritable(path);
    try {
      removeEach(path);
    } catch (error) {
      throw new FileError('remove', (error as NodeJS.ErrnoException).path ?? path, error as NodeJS.ErrnoException);
    }
  }
}

/** Removes the entries one by one, since the error of `rmSync` names only the whole tree. */
function removeEach(path: string): void {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    for (const name of fs.readdirSync(path)) removeEach(join(path, name));
    fs.rmdirSync(path);
  } else {
    fs.rmSync(path, { force: true });
  }
}

/** Only the owner may change a mode. The directories of other users are left as they are. */
function makeDirectoriesWritable(path: string): void {
  try {
    const stats = fs.lstatSync(path);
    if (!stats.isDirectory()) return;
    if ((stats.mode & OWNER_ACCESS) !== OWNER_ACCESS) fs.chmodSync(path, stats.mode | OWNER_ACCESS);
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) makeDirectoriesWritable(join(path, entry.name));
    }
  } catch {
    // The following removal reports the error.
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
