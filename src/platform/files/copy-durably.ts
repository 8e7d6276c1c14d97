import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt } from './file-error.ts';
import { flushDirectory } from './fsync.ts';

/**
 * Copies what stands at a path, and waits until it is on the disk: a file with its mode and time, a directory with all
 * that is in it, a link as a link. The directories above `to` are made.
 * @throws FileFault, also where something stands at `to` already
 */
export function copyEntry(from: string, to: string): void {
  attempt('copy', from, () => {
    fs.mkdirSync(dirname(to), { recursive: true });
    fs.cpSync(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      force: false,
      errorOnExist: true,
    });
    flush(to);
  });
  flushDirectory(dirname(to));
}

/** Where a link leads is not ours to touch. */
function flush(path: string): void {
  const stats = fs.lstatSync(path);
  if (stats.isDirectory()) {
    for (const name of fs.readdirSync(path)) flush(join(path, name));
    flushDirectory(path);
  } else if (stats.isFile()) {
    const descriptor = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }
}
