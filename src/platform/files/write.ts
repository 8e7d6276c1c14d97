import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { removeFile, rename } from './entries.ts';
import { attempt, FileError } from './file-error.ts';
import { fsyncDirectory } from './fsync.ts';
import { discards, refuseSpecialTarget } from './input/open-file.ts';
import { giveNewFile, giveTree } from './ownership.ts';
import { temporarySibling } from './temporary-sibling.ts';

/** True if files have an executable bit. */
export const supportsFileModes = process.platform !== 'win32';

/** A new file that is open for writing. Its mode is 0644 by default, regardless of the umask. */
export class NewFile {
  readonly #path: string;
  readonly #descriptor: number;

  /**
   * @param path a path that does not exist
   * @param kind `executable` for mode 0755; `shared` for a mode that follows the umask, and the owner of the directory if
   * root creates the file
   * @param descriptor of the file, if it was just created with this path and kind
   * @throws FileError
   */
  constructor(path: string, kind?: 'executable' | 'shared', descriptor?: number) {
    const mode = kind === 'executable' ? 0o755 : 0o644;
    this.#path = path;
    this.#descriptor =
      descriptor ?? attempt('create', path, () => fs.openSync(path, 'wx', kind === 'shared' ? 0o666 : mode));
    if (kind === 'shared') giveNewFile(this.#descriptor, dirname(path));
    else this.#setMode(mode);
  }

  /** Creates a file with a content without blocking the process meanwhile. @throws FileError, also if the path exists */
  static async create(path: string, kind: 'executable' | undefined, content: Uint8Array): Promise<void> {
    const mode = kind === 'executable' ? 0o755 : 0o644;
    const descriptor = await new Promise<number>((resolve, reject) => {
      fs.open(path, 'wx', mode, (error, opened) =>
        error ? reject(new FileError('create', path, error)) : resolve(opened),
      );
    });
    const file = new NewFile(path, kind, descriptor);
    try {
      file.write(content);
    } finally {
      file.close();
    }
  }

  write(chunk: Uint8Array): void {
    attempt('write', this.#path, () => {
      for (let done = 0; done < chunk.length; ) done += fs.writeSync(this.#descriptor, chunk, done);
    });
  }

  /** Copies the mode of another file, and its owner if permitted. */
  copyAttributes({ mode, uid, gid }: Pick<fs.Stats, 'mode' | 'uid' | 'gid'>): void {
    if (!supportsFileModes) return;
    try {
      fs.fchownSync(this.#descriptor, uid, gid);
    } catch {
      // Only root may change the owner; any other user replaces their own files.
    }
    this.#setMode(mode);
  }

  /** Makes the file private to the owner of its directory, also if root creates it. */
  makePrivate(): void {
    giveNewFile(this.#descriptor, dirname(this.#path));
    this.#setMode(0o600);
  }

  #setMode(mode: number): void {
    if (supportsFileModes) attempt('set the mode of', this.#path, () => fs.fchmodSync(this.#descriptor, mode & 0o7777));
  }

  /** Waits until the content is on the disk. */
  flush(): void {
    attempt('flush', this.#path, () => fs.fsyncSync(this.#descriptor));
  }

  close(): void {
    attempt('close', this.#path, () => fs.closeSync(this.#descriptor));
  }
}

/** Creates a file with the given content. @throws FileError, also if the path exists */
export function writeNewFile(path: string, content: Uint8Array | string, executable = false): void {
  const file = new NewFile(path, executable ? 'executable' : undefined);
  try {
    file.write(typeof content === 'string' ? Buffer.from(content) : content);
  } finally {
    file.close();
  }
}

/** Writes a file in place, without atomicity: for informational files only. @throws FileError */
export function overwriteFile(path: string, content: string): void {
  attempt('write', path, () => fs.writeFileSync(path, content));
}

/**
 * Creates a link to a directory or atomically replaces an existing link. On Windows the link is a junction, which needs no
 * privilege but requires an absolute target and cannot be replaced by rename. A link that root creates belongs to the owner
 * of its directory. The caller flushes that directory.
 * @throws FileError
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
    giveTree(dirname(link), temporary);
    try {
      fs.renameSync(temporary, link);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * Returns a string that changes when a file is written to or replaced; `undefined` if the file does not exist, and for
 * `/dev/null`, which never has content.
 */
export function fileStamp(path: string): string | undefined {
  if (discards(path)) return undefined;
  const stats = attempt('inspect', path, () => fs.statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(':');
}

/**
 * Replaces a file of the user atomically by rename. The file keeps its mode and, if permitted, its owner. A killed process
 * leaves a temporary file for `removeStaleSiblings`. The caller excludes other attune processes (`updateFile`). `/dev/null`
 * discards the content.
 * @param path without links (`finalPath`)
 * @param stamp the result of `fileStamp` when the file was read
 * @param isPrivate for a file that does not exist: only the owner of its directory can read it
 * @returns false, with the file unchanged, if another program has written to it since
 * @throws FileError, also for a directory, a FIFO, a socket or a device; the file is then unchanged
 */
export function replaceFile(
  path: string,
  chunks: Iterable<Uint8Array>,
  stamp: string | undefined,
  isPrivate = false,
): boolean {
  refuseSpecialTarget(path);
  if (discards(path)) return true;
  const before = attempt('inspect', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  // rename(2) does not check whether the replaced file is writable.
  if (before) attempt('write', path, () => fs.accessSync(path, fs.constants.W_OK));
  const temporary = temporarySibling(path);
  try {
    writeTemporary(temporary, chunks, before ?? (isPrivate ? 'private' : undefined));
    if (fileStamp(path) !== stamp) {
      removeFile(temporary);
      return false;
    }
    rename(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  fsyncDirectory(dirname(path));
  return true;
}

/** @param attributes the file whose mode and owner are copied; `undefined` for a mode that follows the umask */
function writeTemporary(
  path: string,
  chunks: Iterable<Uint8Array>,
  attributes: fs.Stats | 'private' | undefined,
): void {
  const file = new NewFile(path, attributes === undefined ? 'shared' : undefined);
  try {
    if (attributes === 'private') file.makePrivate();
    else if (attributes !== undefined) file.copyAttributes(attributes);
    for (const chunk of chunks) file.write(chunk);
    file.flush();
  } finally {
    file.close();
  }
}

/** Creates a link to a directory. @param link a path that does not exist @param target absolute @throws FileError */
export function createDirectoryLink(link: string, target: string): void {
  attempt('create the link', link, () =>
    fs.symlinkSync(target, link, process.platform === 'win32' ? 'junction' : 'dir'),
  );
}
