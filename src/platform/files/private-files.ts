/**
 * Files of the user's own that any process may drop or replace at any time, such as a cache: nobody else may read them,
 * and whoever reads one finds the old content, the new one, or nothing.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from './file-error.ts';
import { flushDirectory } from './fsync.ts';
import { listDirectory, removeFile } from './read.ts';
import { isAbandoned, removeAbandonedBeside, temporaryBeside } from './temporary-sibling.ts';

/** Replaces a file, and makes the directory that it is in. @throws FileFault, and the file is as it was */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  replace(path, (temporary) => fs.writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' }));
}

/** Replaces a file by a copy of another; where the file system can, the two share their blocks. @throws FileFault */
export function copyPrivateFile(from: string, to: string): void {
  replace(to, (temporary) => {
    fs.copyFileSync(from, temporary, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(temporary, 0o600);
  });
}

function replace(path: string, write: (temporary: string) => void): void {
  attempt('write', path, () => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    removeAbandonedBeside(path);
    const temporary = temporaryBeside(path);
    try {
      write(temporary);
      fs.renameSync(temporary, path);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Removes what processes that were killed left in a directory. @throws FileFault */
export function removeAbandoned(directory: string): void {
  for (const { name, kind } of listDirectory(directory)) {
    const [, mark] = /\.([0-9A-Za-z-]+)\.tmp$/.exec(name) ?? [];
    const path = join(directory, name);
    if (kind === 'file' && mark !== undefined && isAbandoned(path, mark)) removeFile(path);
  }
}

/** Makes now the time at which a file was last used. @throws FileFault */
export function markUsed(path: string): void {
  attempt('mark', path, () => {
    const now = new Date();
    fs.utimesSync(path, now, now);
  });
}

/** Makes an empty file where nothing is, for a library that goes on to write it; what is there already stays. @throws FileFault */
export function makePrivateFile(path: string): void {
  attempt('create', path, () => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    fs.closeSync(fs.openSync(path, 'a', 0o600));
  });
}

/**
 * Puts a file that a library has written, and has closed, in the place of another: private, on the disk, and by rename.
 * @throws FileFault, and what stood at `path` is as it was
 */
export function settlePrivateFile(temporary: string, path: string): void {
  attempt('write', path, () => {
    fs.chmodSync(temporary, 0o600);
    const descriptor = fs.openSync(temporary, 'r+');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
  });
  flushDirectory(dirname(path));
}
