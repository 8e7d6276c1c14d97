import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { FileError } from './file-error.ts';
import { giveNewFile } from './ownership.ts';

const DIRECTORY_NOT_WRITABLE: readonly string[] = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Creates an empty file that the users of its directory share: its mode follows the umask, and a file that root creates in
 * a directory of another user belongs to that user, who could not use it otherwise.
 * @returns a descriptor for reading and writing; `undefined` if the file exists
 * @throws FileError
 */
export function createSharedFile(path: string): number | undefined {
  try {
    const descriptor = fs.openSync(path, 'wx+', 0o666);
    giveNewFile(descriptor, dirname(path));
    return descriptor;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    // The directory is the path to inspect, since the file does not exist.
    if (DIRECTORY_NOT_WRITABLE.includes(code)) {
      throw new FileError('create a file in', dirname(path), error as NodeJS.ErrnoException);
    }
    throw new FileError('create', path, error as NodeJS.ErrnoException);
  }
}

/** Creates an empty shared file if it does not exist. @throws FileError */
export function ensureSharedFile(path: string): void {
  // An existing file is not opened: closing it would release the locks of this process on it (fcntl(2)).
  const descriptor = fs.existsSync(path) ? undefined : createSharedFile(path);
  if (descriptor !== undefined) fs.closeSync(descriptor);
}

/**
 * Lets every user who can reach a new file write to it, regardless of the umask. A failure is ignored: the file systems of
 * some other systems have no modes, and this user can write to the file in any case.
 * @param descriptor of a file that this process has created
 */
export function shareWithAllUsers(descriptor: number): void {
  try {
    if (process.platform !== 'win32') fs.fchmodSync(descriptor, 0o666);
  } catch {
    // The file keeps the mode that follows the umask.
  }
}
