import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attempt, FileFault } from './file-fault.ts';
import { inspect, listDirectory, removeFile, rename } from './files.ts';
import { flushDirectory } from './flush.ts';

/** Writes a file that must not be there yet. `executable` is 0755, else 0644, whatever the umask says. */
export class NewFile {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string, executable = false) {
    const mode = executable ? 0o755 : 0o644;
    this.#path = path;
    this.#descriptor = attempt('create', path, () => fs.openSync(path, 'wx', mode));
    if (process.platform !== 'win32') attempt('set the mode of', path, () => fs.fchmodSync(this.#descriptor, mode));
  }

  write(chunk: Uint8Array): void {
    attempt('write', this.#path, () => {
      for (let done = 0; done < chunk.length; ) done += fs.writeSync(this.#descriptor, chunk, done);
    });
  }

  /** Takes over mode and owner of another file; the owner stays ours where we may not give files away. */
  resemble({ mode, uid, gid }: Pick<fs.Stats, 'mode' | 'uid' | 'gid'>): void {
    if (process.platform === 'win32') return;
    try {
      fs.fchownSync(this.#descriptor, uid, gid);
    } catch {
      // Only root may, and only root's files would change hands.
    }
    attempt('set the mode of', this.#path, () => fs.fchmodSync(this.#descriptor, mode & 0o7777));
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
 * its mode and, where that is allowed, its owner. What an earlier attempt that was killed left beside it goes.
 * @param path without links (`finalPath`)
 * @param stamp what `fileStamp` said when the file was read
 * @returns whether it was replaced: it is not when somebody else has written to it since
 * @throws FileFault, and the file is as it was
 */
export function rewriteFile(path: string, chunks: Iterable<Uint8Array>, stamp: string | undefined): boolean {
  const before = attempt('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  // Renaming asks nobody whether the file itself may be written.
  if (before) attempt('write', path, () => fs.accessSync(path, fs.constants.W_OK));
  removeLeftovers(path);
  const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`;
  try {
    writeLike(before, temporary, chunks);
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

/** Longer than any rename takes: whoever holds a claim for this long was killed. */
const CLAIM_MS = 10_000;

/** No system call compares and renames, so whoever does both excludes the others with a file that is there for that long. */
function renameIfUnchanged(from: string, to: string, stamp: string | undefined): boolean {
  const claim = `${to}.writing.tmp`;
  if (Date.now() - (inspect(claim)?.modifiedAt.getTime() ?? Date.now()) > CLAIM_MS) removeFile(claim);
  try {
    fs.closeSync(fs.openSync(claim, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new FileFault('create', claim, error as NodeJS.ErrnoException);
  }
  try {
    if (fileStamp(to) !== stamp) return false;
    rename(from, to);
    return true;
  } finally {
    removeFile(claim);
  }
}

function writeLike(model: fs.Stats | undefined, path: string, chunks: Iterable<Uint8Array>): void {
  const file = new NewFile(path);
  try {
    for (const chunk of chunks) file.write(chunk);
    if (model) file.resemble(model);
    file.flush();
  } finally {
    file.close();
  }
}

/** The files beside `path` that processes made which are no more. */
function removeLeftovers(path: string): void {
  const start = `${basename(path)}.`;
  for (const { name } of listDirectory(dirname(path))) {
    const [, pid] = (name.startsWith(start) && /^(\d+)\.[0-9a-z]+\.tmp$/.exec(name.slice(start.length))) || [];
    if (pid !== undefined && !isRunning(Number(pid))) removeFile(join(dirname(path), name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
