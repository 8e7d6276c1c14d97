/**
 * The file system as attune uses it. Everything is synchronous (measured faster than streams for trees of small files)
 * and every fault comes out as an `AttuneError` that says what was tried on which path.
 */
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { attempt, FileChanged, FileFault } from './file-error.ts';

export type EntryKind = 'file' | 'directory' | 'link' | 'special';

export interface FileStatus {
  readonly kind: EntryKind;
  readonly size: number;
  /** Its owner may execute it. Always false on Windows, which has no such mode. */
  readonly executable: boolean;
  readonly modifiedAt: Date;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

function kindOf(entry: fs.Stats | fs.Dirent): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

function statusOf(stats: fs.Stats): FileStatus {
  return {
    kind: kindOf(stats),
    size: stats.size,
    executable: process.platform !== 'win32' && (stats.mode & 0o100) !== 0,
    get modifiedAt() {
      return stats.mtime;
    },
  };
}

/** What stands at a path, a link itself and not what it leads to; `undefined` where nothing does. */
export function inspect(path: string): FileStatus | undefined {
  const stats = attempt('look at', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  return stats && statusOf(stats);
}

/** What stands at a path once all links are followed; `undefined` where nothing does. */
export function inspectTarget(path: string): FileStatus | undefined {
  const stats = attempt('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  return stats && statusOf(stats);
}

export function exists(path: string): boolean {
  return fs.existsSync(path);
}

/** The path without any link in it. @throws FileFault when nothing is there */
export function realPath(path: string): string {
  return attempt('find', path, () => fs.realpathSync.native(path));
}

/**
 * Where a link leads, as it is written in the link; `undefined` where there is no link. It is asked once: another process
 * may take a link away between two looks.
 * @throws FileFault
 */
export function linkTarget(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NO_LINK.includes(code)) return undefined;
    throw new FileFault('read the link', path, error as NodeJS.ErrnoException);
  }
}

/** What a system says of something that is not there, or is no link; Windows has words of its own. */
const NO_LINK: readonly string[] = ['EINVAL', 'ENOENT', 'ENOTDIR', 'UNKNOWN'];

/**
 * Names in no particular order. A name that is not UTF-8 comes out with U+FFFD in it.
 * @throws FileFault
 */
export function listDirectory(path: string): DirectoryEntry[] {
  const entries = attempt('list', path, () => fs.readdirSync(path, { withFileTypes: true }));
  return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
}

const CHUNK = Buffer.allocUnsafeSlow(1024 * 1024);
let chunkInUse = false;

/**
 * The content of a regular file in pieces, each valid only until the next. Links are not followed.
 * @throws FileFault, and FileChanged when the file changes under our hands
 */
export function* readChunks(path: string): Generator<Uint8Array> {
  const noFollow = fs.constants.O_NOFOLLOW ?? 0;
  const descriptor = attempt('open', path, () => fs.openSync(path, fs.constants.O_RDONLY | noFollow));
  const buffer = chunkInUse ? Buffer.allocUnsafe(64 * 1024) : CHUNK;
  const owner = buffer === CHUNK;
  if (owner) chunkInUse = true;
  try {
    const before = fs.fstatSync(descriptor);
    let total = 0;
    // At its length a file is over; one that has grown meanwhile is told by its length after.
    for (let count = -1; count !== 0 && (total === 0 || total !== before.size); ) {
      count = attempt('read', path, () => fs.readSync(descriptor, buffer, 0, buffer.length, null));
      total += count;
      if (count > 0) yield buffer.subarray(0, count);
    }
    const after = fs.fstatSync(descriptor);
    if (total !== before.size || after.mtimeMs !== before.mtimeMs || after.size !== before.size)
      throw new FileChanged(path);
  } finally {
    if (owner) chunkInUse = false;
    fs.closeSync(descriptor);
  }
}

/** The first bytes of a file, at most `length`; links are followed. @throws FileFault */
export function readStart(path: string, length: number): Buffer {
  return attempt('read', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, length, 0));
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** The whole of a file; links are followed. @throws FileFault */
export function readFile(path: string): Buffer {
  return attempt('read', path, () => fs.readFileSync(path));
}

/** A file as a stream, for readers that want one (archives). Links are followed. */
export function streamFile(path: string): AsyncIterable<Uint8Array> {
  return fs.createReadStream(path, { highWaterMark: 256 * 1024 });
}

/** @param mode what the umask is applied to; 0700 keeps other users out */
export function makeDirectory(path: string, mode = 0o777): void {
  attempt('create the directory', path, () => fs.mkdirSync(path, { recursive: true, mode }));
}

/** Also removes what somebody took the write permission from, as Go does with its module cache. */
export function removeTree(path: string): void {
  const remove = () => fs.rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    remove();
  } catch {
    attempt('remove', path, () => {
      openForRemoval(path);
      remove();
    });
  }
}

/** Gives the owner back every right over the directories of a tree. */
function openForRemoval(path: string): void {
  if (!fs.lstatSync(path).isDirectory()) return;
  fs.chmodSync(path, 0o700);
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openForRemoval(join(path, entry.name));
  }
}

export function removeFile(path: string): void {
  attempt('remove', path, () => fs.rmSync(path, { force: true }));
}

/** Moves within one file system; what stood at `to` is replaced if it is a file or a link. */
export function rename(from: string, to: string): void {
  attempt(`move '${from}' to`, to, () => fs.renameSync(from, to));
}

/** Node's own module, for libraries that insist on one (isomorphic-git). Nothing of ours uses it. */
export const fileSystemForLibraries = fs;

/** Bytes from the middle of a file, fewer where it ends; links are followed. @throws FileFault */
export function readRange(path: string, offset: number, length: number): Buffer {
  return attempt('read', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, fs.fstatSync(descriptor).size - offset)));
      let done = 0;
      while (done < buffer.length) {
        const count = fs.readSync(descriptor, buffer, done, buffer.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return buffer.subarray(0, done);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** Where writing to a path really writes: every link followed, also one that leads to nothing yet. @throws FileFault */
export function finalPath(path: string): string {
  if (inspectTarget(path) !== undefined) return realPath(path);
  const target = linkTarget(path);
  return target === undefined
    ? join(realPath(dirname(path)), basename(path))
    : finalPath(resolve(dirname(path), target));
}

/** A file that is read here and there, opened once; links are followed. */
export class RandomAccessFile implements Disposable {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws FileFault */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attempt('open', path, () => fs.openSync(path, 'r'));
    this.size = attempt('look at', path, () => fs.fstatSync(this.#descriptor).size);
  }

  /** Fills a buffer with what stands from `position` on. @returns how many bytes there were; fewer at the file's end */
  read(buffer: Uint8Array, position: number): number {
    return attempt('read', this.#path, () => {
      let done = 0;
      while (done < buffer.length) {
        const count = fs.readSync(this.#descriptor, buffer, done, buffer.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

/** Removes a directory if nothing is in it. */
export function removeEmptyDirectory(path: string): void {
  if (listDirectory(path).length === 0) attempt('remove', path, () => fs.rmdirSync(path));
}
