/**
 * The file system as attune uses it. Everything is synchronous (measured faster than streams for trees of small files)
 * and every fault comes out as an `AttuneError` that says what was tried on which path.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { AttuneError, type ErrorCode, reasonOf } from '../errors.ts';

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

/** A file system call that failed, in attune's words. */
export class FileFault extends AttuneError {
  readonly systemCode: string;

  constructor(action: string, path: string, cause: NodeJS.ErrnoException) {
    const systemCode = cause.code ?? 'UNKNOWN';
    const known = FAULTS[systemCode];
    super(known?.code ?? 'STORE_IO', `Cannot ${action} '${path}': ${known?.why ?? reasonOf(cause)}.`, {
      facts: { path, system_code: systemCode },
      ...(known ? { hint: known.hint } : {}),
      cause,
    });
    this.systemCode = systemCode;
  }
}

const FAULTS: Readonly<Record<string, { code: ErrorCode; why: string; hint: string }>> = {
  ENOENT: {
    code: 'NOT_FOUND_PATH',
    why: 'there is no such file or directory',
    hint: 'Check the spelling of the path.',
  },
  ENOTDIR: {
    code: 'NOT_FOUND_PATH',
    why: 'a part of the path is not a directory',
    hint: 'Check the spelling of the path.',
  },
  EEXIST: { code: 'EXISTS_PATH', why: 'something else is there already', hint: 'Move it away, then try again.' },
  EISDIR: { code: 'INVALID_PATH', why: 'it is a directory', hint: 'Name a file.' },
  ENAMETOOLONG: { code: 'INVALID_PATH', why: 'the path is too long for this file system', hint: 'Use a shorter path.' },
  ELOOP: { code: 'INVALID_PATH', why: 'its links lead in a circle', hint: 'Remove the circular link.' },
  EACCES: {
    code: 'STORE_PERMISSION',
    why: 'permission denied',
    hint: 'Check who owns it and its mode, or choose another place with --data-dir.',
  },
  EPERM: {
    code: 'STORE_PERMISSION',
    why: 'the operation is not permitted',
    hint: 'Check who owns it and its mode, or choose another place with --data-dir.',
  },
  EROFS: {
    code: 'STORE_READ_ONLY',
    why: 'the file system is read-only',
    hint: 'Choose another place with --data-dir or ATTUNE_DATA_DIR.',
  },
  ENOSPC: {
    code: 'STORE_FULL',
    why: 'no space is left on the device',
    hint: 'Free some space, or choose another place with --data-dir.',
  },
  EDQUOT: {
    code: 'STORE_FULL',
    why: 'the disk quota is used up',
    hint: 'Free some space, or choose another place with --data-dir.',
  },
  EFBIG: {
    code: 'STORE_FULL',
    why: 'the file would be larger than allowed',
    hint: 'Raise the file-size limit (ulimit -f).',
  },
  EMFILE: { code: 'STORE_IO', why: 'too many files are open', hint: 'Raise the limit on open files (ulimit -n).' },
};

/** A file that was written to while it was being read. */
export class FileChanged extends AttuneError {
  constructor(path: string) {
    super('INTEGRITY_FILE_CHANGED', `'${path}' changed while it was being read.`, {
      facts: { path },
      hint: 'Wait until nothing writes to it, then try again.',
    });
  }
}

function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new FileFault(action, path, error as NodeJS.ErrnoException);
  }
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
    modifiedAt: stats.mtime,
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

/** Where a link leads, as it is written in the link; `undefined` where there is no link. */
export function linkTarget(path: string): string | undefined {
  return inspect(path)?.kind === 'link' ? attempt('read the link', path, () => fs.readlinkSync(path)) : undefined;
}

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
    const before = fs.fstatSync(descriptor, { bigint: true });
    let total = 0n;
    for (;;) {
      const count = attempt('read', path, () => fs.readSync(descriptor, buffer, 0, buffer.length, null));
      if (count === 0) break;
      total += BigInt(count);
      yield buffer.subarray(0, count);
    }
    const after = fs.fstatSync(descriptor, { bigint: true });
    if (total !== before.size || after.mtimeNs !== before.mtimeNs || after.size !== before.size)
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

export function makeDirectory(path: string): void {
  attempt('create the directory', path, () => fs.mkdirSync(path, { recursive: true }));
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

/** Replaces a file by rename, so that a reader sees the old content or the new one and a crash leaves one of them. */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`;
  try {
    const file = new NewFile(temporary);
    try {
      file.write(typeof content === 'string' ? Buffer.from(content) : content);
      file.flush();
    } finally {
      file.close();
    }
    rename(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  flushDirectory(dirname(path));
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

/** Waits until the directory's own entries are on the disk. Windows cannot, and need not, do this. */
export function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  attempt('flush', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

const FLUSHED_AT_A_TIME = 16;

/** Waits until every file and directory below a root is on the disk. Several at a time, so that the disk can gather them. */
export async function flushTree(root: string): Promise<void> {
  const [files, directories] = pathsBelow(root);
  const queue = files.values();
  const worker = async () => {
    for (const path of queue) await flushFile(path);
  };
  await Promise.all(Array.from({ length: FLUSHED_AT_A_TIME }, worker));
  for (const path of directories) flushDirectory(path);
}

function pathsBelow(root: string): [files: string[], directories: string[]] {
  const files: string[] = [];
  const directories = [root];
  // A list goes on to what is added to it while it is walked through.
  for (const directory of directories) {
    for (const { name, kind } of listDirectory(directory))
      (kind === 'directory' ? directories : files).push(join(directory, name));
  }
  return [files, directories.reverse()];
}

async function flushFile(path: string): Promise<void> {
  try {
    await using file = await fs.promises.open(path, 'r+');
    await file.sync();
  } catch (error) {
    throw new FileFault('flush', path, error as NodeJS.ErrnoException);
  }
}

/** A private directory outside the store, for work that leaves nothing. It goes when disposed, at the latest with the process. */
export class TemporaryDirectory implements Disposable {
  readonly path: string;
  readonly #remove = () => {
    try {
      removeTree(this.path);
    } catch {
      // Somebody else's files in it, such as a container's, are left to whoever cleans up temporary files.
    }
  };

  constructor() {
    this.path = attempt('create a directory in', tmpdir(), () =>
      fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'attune-'))),
    );
    process.once('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
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
