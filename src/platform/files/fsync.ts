import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { attempt, FileError } from './file-error.ts';
import { listDirectory } from './inspect.ts';

/** Errors of file systems that cannot fsync a directory, such as some network file systems. */
const DIRECTORY_FSYNC_UNSUPPORTED = new Set(['EINVAL', 'ENOTSUP', 'EBADF']);

/** Waits until the entries of a directory are on the disk. Does nothing on Windows, which neither supports nor needs this. */
export function fsyncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  attempt('flush', path, () => {
    try {
      fsyncFile(path, 'r');
    } catch (error) {
      const { code = '', syscall } = error as NodeJS.ErrnoException;
      if (syscall === 'open' || !DIRECTORY_FSYNC_UNSUPPORTED.has(code)) throw error;
    }
  });
}

/** Waits until the content of a file is on the disk. @throws ErrnoException */
export function fsyncFile(path: string, flags: 'r' | 'r+'): void {
  const descriptor = fs.openSync(path, flags);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

const CONCURRENT_FSYNCS = 16;

/** From this number of files on, one call that flushes the whole file system is faster than one fsync per file. */
const MANY_FILES = 100;

/** Waits until all files and directories below a root are on the disk. @throws FileError */
export function fsyncTree(root: string): Promise<void> {
  return fsyncTrees([root]);
}

/**
 * Waits until all files and directories below some roots are on the disk. Many files are flushed with their whole file
 * system where the system supports it; otherwise files are flushed one by one, several concurrently.
 * @param roots on one file system
 * @throws FileError
 */
export async function fsyncTrees(roots: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const root of roots) if (!started.has(root) || !(await waitForStarted(root))) missing.push(root);
  const [first] = missing;
  if (first === undefined) return;
  const trees = missing.map(pathsBelow);
  const files = trees.flatMap(([below]) => below);
  if (files.length >= MANY_FILES && (await syncFileSystem(first))) return;
  const queue = files.values();
  const worker = async () => {
    for (const path of queue) await fsyncFileAsync(path);
  };
  await Promise.all(Array.from({ length: CONCURRENT_FSYNCS }, worker));
  for (const [, directories] of trees) for (const path of directories) fsyncDirectory(path);
}

/** A running flush of a whole file system. */
interface FileSystemSync {
  readonly child: ChildProcess;
  /** Resolves to true if the flush succeeded. */
  readonly done: Promise<boolean>;
}

/** Running flushes by the root that each was started for. */
const started = new Map<string, FileSystemSync>();
/** The kernel reports a write error only once. After a failed flush of the file system, each file is flushed separately. */
let failed = false;

/**
 * Starts to flush a tree in the background. `fsyncTree` waits for the result.
 * @param root of a tree that is no longer written to
 * @param files the number of files; a small tree is not flushed early
 */
export function startFsync(root: string, files: number): void {
  const sync = files < MANY_FILES || failed ? undefined : startFileSystemSync(root);
  if (sync === undefined) return;
  // The process may exit before the flush ends: then the command has failed and the tree is not used.
  sync.child.unref();
  started.set(root, sync);
}

/** Returns true on success; false if the program or system call is missing, or if the flush failed. */
async function syncFileSystem(path: string): Promise<boolean> {
  const sync = failed ? undefined : startFileSystemSync(path);
  if (sync === undefined) return false;
  started.set(path, sync);
  return waitForStarted(path);
}

/**
 * Waits for the flush of one tree and removes it from `started`. All other running flushes have to succeed as well: the
 * kernel may have reported the write error of this tree to another flush.
 */
async function waitForStarted(root: string): Promise<boolean> {
  const all = [...started.values()];
  for (const { child } of all) child.ref();
  const results = await Promise.all(all.map(({ done }) => done));
  started.delete(root);
  failed ||= results.includes(false);
  return !failed;
}

/**
 * Flushes the whole file system of `path` with syncfs(2), which Node does not offer but `sync -f` calls
 * (docs/decisions/2026-11-22-flushing.md). A `sync` without that option flushes all file systems, which is slower but
 * equivalent. Only the `sync` of Linux waits for completion.
 */
function startFileSystemSync(path: string): FileSystemSync | undefined {
  if (process.platform !== 'linux') return undefined;
  const child = spawn('sync', ['-f', path], { stdio: 'ignore' });
  const done = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (status) => resolve(status === 0));
  });
  return { child, done };
}

function pathsBelow(root: string): [files: string[], directories: string[]] {
  const files: string[] = [];
  const directories = [root];
  // The loop also visits the directories that are appended to the list while it runs.
  for (const directory of directories) {
    for (const { name, kind } of listDirectory(directory)) {
      if (kind === 'directory') directories.push(join(directory, name));
      // A link has no content besides its directory entry.
      else if (kind !== 'link') files.push(join(directory, name));
    }
  }
  return [files, directories.reverse()];
}

async function fsyncFileAsync(path: string): Promise<void> {
  try {
    await using file = await fs.promises.open(path, 'r+');
    await file.sync();
  } catch (error) {
    throw new FileError('flush', path, error as NodeJS.ErrnoException);
  }
}
