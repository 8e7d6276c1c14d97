import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from './file-error.ts';
import { fsyncDirectory, fsyncFile } from './fsync.ts';

/**
 * Copies a file, link or directory tree with modes and times, and waits until the copy is on the disk. Links are copied as
 * links. Parent directories of `to` are created.
 * @throws FileError, also if `to` exists
 */
export function copyDurably(from: string, to: string): void {
  attempt('copy', from, () => {
    fs.mkdirSync(dirname(to), { recursive: true });
    fs.cpSync(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      force: false,
      errorOnExist: true,
    });
    fsyncEntry(to);
  });
  fsyncDirectory(dirname(to));
}

/** Does not follow links: their targets are not part of the copy. */
function fsyncEntry(path: string): void {
  const stats = fs.lstatSync(path);
  if (stats.isDirectory()) {
    for (const name of fs.readdirSync(path)) fsyncEntry(join(path, name));
    fsyncDirectory(path);
  } else if (stats.isFile()) {
    fsyncFile(path, 'r');
  }
}
