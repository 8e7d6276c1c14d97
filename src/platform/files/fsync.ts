import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { attempt, FileFault } from './file-error.ts';
import { listDirectory } from './read.ts';

/** What file systems say that cannot flush a directory, such as some of a network: they have their own ways. */
const NOT_FLUSHED_HERE = new Set(['EINVAL', 'ENOTSUP', 'EBADF']);

/** Waits until the directory's own entries are on the disk. Windows cannot, and need not, do this. */
export function flushDirectory(path: string): void {
  if (process.platform === 'win32') return;
  attempt('flush', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(descriptor);
    } catch (error) {
      if (!NOT_FLUSHED_HERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

const FLUSHED_AT_A_TIME = 16;

/** From so many files on, one call that flushes all of a file system takes less time than one call for each file. */
const MANY_FILES = 100;

/**
 * Waits until every file and directory below a root is on the disk: a large tree by its file system as a whole where
 * that can be had, any other file by file, several at a time, so that the disk can gather them.
 */
export async function flushTree(root: string): Promise<void> {
  if (begun.has(root) && (await allArrived(root))) return;
  const [files, directories] = pathsBelow(root);
  if (files.length >= MANY_FILES && (await flushFileSystem(root))) return;
  const queue = files.values();
  const worker = async () => {
    for (const path of queue) await flushFile(path);
  };
  await Promise.all(Array.from({ length: FLUSHED_AT_A_TIME }, worker));
  for (const path of directories) flushDirectory(path);
}

/** A file system on its way to the disk. */
interface FileSystemFlush {
  readonly child: ChildProcess;
  /** Whether all of it got there. */
  readonly done: Promise<boolean>;
}

/** By the root for whose sake each was begun. */
const begun = new Map<string, FileSystemFlush>();
/** The system tells a fault to one that asks, and not again: after it, only the files themselves can be trusted. */
let faulted = false;

/**
 * Sends a tree on its way to the disk while other things are done. That it is there is for `flushTree` to say.
 * @param root of a tree that nobody writes to any more
 * @param files how many there are; a few are not worth it
 */
export function beginFlush(root: string, files: number): void {
  const flush = files < MANY_FILES || faulted ? undefined : startFileSystemFlush(root);
  if (flush === undefined) return;
  // Whoever ends before it is done has failed, and needs nothing of it any more.
  flush.child.unref();
  begun.set(root, flush);
}

/** @returns whether that was done; false where there is no such program, no such system call, or there was a fault */
async function flushFileSystem(path: string): Promise<boolean> {
  const flush = faulted ? undefined : startFileSystemFlush(path);
  if (flush === undefined) return false;
  begun.set(path, flush);
  return allArrived(path);
}

/**
 * Waits for the flush of one tree, which is then over. The others that were begun have to succeed too: the one may have
 * been told of the other's fault.
 */
async function allArrived(root: string): Promise<boolean> {
  const all = [...begun.values()];
  for (const { child } of all) child.ref();
  const done = await Promise.all(all.map((one) => one.done));
  begun.delete(root);
  faulted ||= done.includes(false);
  return !faulted;
}

/**
 * Flushes the whole file system that `path` is on, by syncfs(2), which Node does not have and `sync -f` calls
 * (docs/decisions/2026-11-22-flushing.md). A `sync` that does not know the option flushes all file systems, which takes
 * longer and is as good. Only Linux's waits until it is done.
 */
function startFileSystemFlush(path: string): FileSystemFlush | undefined {
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
  // A list goes on to what is added to it while it is walked through.
  for (const directory of directories) {
    for (const { name, kind } of listDirectory(directory)) {
      if (kind === 'directory') directories.push(join(directory, name));
      // A link is an entry of its directory and nothing more.
      else if (kind !== 'link') files.push(join(directory, name));
    }
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
