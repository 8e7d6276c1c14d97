/**
 * Private files of the user that any process may delete or replace at any time, such as a cache. Other users cannot read
 * them. A reader finds the old content, the new content, or no file.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { removeFile } from './entries.ts';
import { attempt } from './file-error.ts';
import { fsyncDirectory, fsyncFile } from './fsync.ts';
import { discards, refuseSpecialTarget } from './input/open-file.ts';
import { listDirectory } from './inspect.ts';
import { isStale, removeStaleSiblings, temporarySibling } from './temporary-sibling.ts';

/** Replaces a file and creates its directory. @throws FileError; the file is then unchanged */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  replace(path, (temporary) => fs.writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' }));
}

/**
 * Replaces a file by a copy of another, which shares its blocks if the file system supports it.
 * @throws FileError, also if the other one is not a regular file
 */
export function copyPrivateFile(from: string, to: string): void {
  refuseSpecialTarget(from, 'read');
  replace(to, (temporary) => {
    fs.copyFileSync(from, temporary, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(temporary, 0o600);
  });
}

function replace(path: string, write: (temporary: string) => void): void {
  attempt('write', path, () => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    removeStaleSiblings(path);
    const temporary = temporarySibling(path);
    try {
      write(temporary);
      fs.renameSync(temporary, path);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Removes the temporary files of killed processes from a directory. @throws FileError */
export function removeStaleTemporaryFiles(directory: string): void {
  for (const { name, kind } of listDirectory(directory)) {
    const [, owner] = /\.([0-9A-Za-z-]+)\.tmp$/.exec(name) ?? [];
    const path = join(directory, name);
    if (kind === 'file' && owner !== undefined && isStale(path, owner)) removeFile(path);
  }
}

/** Sets the timestamps of a file to the current time, as the time of its last use. @throws FileError */
export function markUsed(path: string): void {
  attempt('update the timestamp of', path, () => {
    const now = new Date();
    fs.utimesSync(path, now, now);
  });
}

/** Creates an empty file for a library to write to. An existing file is left unchanged. @throws FileError */
export function createPrivateFile(path: string): void {
  attempt('create', path, () => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    fs.closeSync(fs.openSync(path, 'a', 0o600));
  });
}

/**
 * Flushes a closed file that a library has written, sets its mode and renames it to `path`.
 * @param mode excludes other users by default
 * @throws FileError, also if a special file is at `path`; what is there is then unchanged
 */
export function publishPrivateFile(temporary: string, path: string, mode = 0o600): void {
  // As root, a rename would replace even a device such as /dev/null.
  refuseSpecialTarget(path);
  if (discards(path)) return;
  attempt('write', path, () => {
    fs.chmodSync(temporary, mode);
    fsyncFile(temporary, 'r+');
    fs.renameSync(temporary, path);
  });
  fsyncDirectory(dirname(path));
}
