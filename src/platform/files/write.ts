import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { FileClaim } from './file-claim.ts';
import { attempt } from './file-error.ts';
import { flushDirectory } from './fsync.ts';
import { removeFile, rename } from './read.ts';
import { temporaryBeside } from './temporary-sibling.ts';

/** Whether files have a mode that says who may execute them. */
export const hasModes = process.platform !== 'win32';

/** Writes a file that must not be there yet. `executable` is 0755, else 0644, whatever the umask says. */
export class NewFile {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string, executable = false) {
    const mode = executable ? 0o755 : 0o644;
    this.#path = path;
    this.#descriptor = attempt('create', path, () => fs.openSync(path, 'wx', mode));
    if (hasModes) attempt('set the mode of', path, () => fs.fchmodSync(this.#descriptor, mode));
  }

  write(chunk: Uint8Array): void {
    attempt('write', this.#path, () => {
      for (let done = 0; done < chunk.length; ) done += fs.writeSync(this.#descriptor, chunk, done);
    });
  }

  /** Takes over mode and owner of another file; the owner stays ours where we may not give files away. */
  resemble({ mode, uid, gid }: Pick<fs.Stats, 'mode' | 'uid' | 'gid'>): void {
    if (!hasModes) return;
    try {
      fs.fchownSync(this.#descriptor, uid, gid);
    } catch {
      // Only root may, and only root's files would change hands.
    }
    this.setMode(mode);
  }

  setMode(mode: number): void {
    if (hasModes) attempt('set the mode of', this.#path, () => fs.fchmodSync(this.#descriptor, mode & 0o7777));
  }

  /** Waits until the content is on the disk. */
  flush(): void {
    attempt('flush', this.#path, () => fs.fsyncSync(this.#descriptor));
  }

  close(): void {
    attempt('close', this.#path, () => fs.closeSync(this.#descriptor));
  }
}

/** Writes a new file in one go. */
export function writeNewFile(path: string, content: Uint8Array | string, executable = false): void {
  const file = new NewFile(path, executable);
  try {
    file.write(typeof content === 'string' ? Buffer.from(content) : content);
  } finally {
    file.close();
  }
}

/** Writes a file in place, for notes that nobody depends on. */
export function overwriteFile(path: string, content: string): void {
  attempt('write', path, () => fs.writeFileSync(path, content));
}

/**
 * Makes `link` lead to the directory `target` in one step, whether or not it was there before. On Windows it is a
 * junction (which needs no privilege, wants an absolute target and cannot be replaced by rename).
 */
export function replaceLink(link: string, target: string): void {
  attempt('replace the link', link, () => {
    if (process.platform === 'win32') {
      fs.rmSync(link, { force: true, recursive: true });
      fs.symlinkSync(join(dirname(link), target), link, 'junction');
      return;
    }
    const temporary = `${link}.${process.pid}.tmp`;
    fs.rmSync(temporary, { force: true });
    fs.symlinkSync(target, temporary, 'dir');
    fs.renameSync(temporary, link);
  });
  flushDirectory(dirname(link));
}

/** Differs once a file was written to or replaced; `undefined` where nothing is. */
export function fileStamp(path: string): string | undefined {
  const stats = attempt('look at', path, () => fs.statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(':');
}

/**
 * Replaces a file of the user's by rename: a reader sees the old content or the new one, whatever happens. The file keeps
 * its mode and, where that is allowed, its owner. What a kill leaves beside it is for `removeAbandonedBeside`.
 * @param path without links (`finalPath`)
 * @param stamp what `fileStamp` said when the file was read
 * @param newMode of a file that was not there
 * @returns whether it was replaced: it is not when somebody else has written to it since
 * @throws FileFault, and the file is as it was
 */
export function rewriteFile(
  path: string,
  chunks: Iterable<Uint8Array>,
  stamp: string | undefined,
  newMode = 0o644,
): boolean {
  const before = attempt('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  // Renaming asks nobody whether the file itself may be written.
  if (before) attempt('write', path, () => fs.accessSync(path, fs.constants.W_OK));
  const temporary = temporaryBeside(path);
  try {
    writeLike(before ?? newMode, temporary, chunks);
    if (!renameIfUnchanged(temporary, path, stamp)) {
      removeFile(temporary);
      return false;
    }
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  flushDirectory(dirname(path));
  return true;
}

function renameIfUnchanged(from: string, to: string, stamp: string | undefined): boolean {
  using claim = FileClaim.tryAcquire(to);
  if (claim === undefined || fileStamp(to) !== stamp) return false;
  rename(from, to);
  return true;
}

function writeLike(model: fs.Stats | number, path: string, chunks: Iterable<Uint8Array>): void {
  const file = new NewFile(path);
  try {
    if (typeof model === 'number') file.setMode(model);
    else file.resemble(model);
    for (const chunk of chunks) file.write(chunk);
    file.flush();
  } finally {
    file.close();
  }
}

/** Makes a link to a directory where nothing is yet. @param target absolute @throws FileFault */
export function makeLink(link: string, target: string): void {
  attempt('create the link', link, () =>
    fs.symlinkSync(target, link, process.platform === 'win32' ? 'junction' : 'dir'),
  );
}
