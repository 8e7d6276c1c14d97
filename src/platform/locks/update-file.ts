import { basename, dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { FileError } from '../files/file-error.ts';
import { discards, refuseSpecialTarget } from '../files/input/open-file.ts';
import { removeStaleSiblings } from '../files/temporary-sibling.ts';
import { fileStamp, replaceFile } from '../files/write.ts';
import { deferWarnings, type Reporter } from '../reporter.ts';
import { FileLock } from './file-lock.ts';
import { removeHolderNote } from './holder-note.ts';
import { type HeldLock, type LockTarget, type LockTools, waitForLock } from './wait-for-lock.ts';

/** Milliseconds between two attempts to replace a file that another program is writing to. */
const RETRY_MS = 20;
/** More attempts than an editor or a generator spoils. */
const MAX_ATTEMPTS = 100;

/** The outcome of one edit of a file. */
export interface FileEdit<T> {
  /** The new content in chunks; `undefined` leaves the file unchanged. */
  readonly content: Iterable<Uint8Array> | undefined;
  /** Returned to the caller once the content is written. */
  readonly result: T;
}

export interface UpdateOptions {
  /** The path as the user knows it, for messages. */
  readonly name: string;
  /** A file that did not exist is readable only by the owner of its directory. An existing file keeps its mode. */
  readonly private?: boolean;
  /** Reads and edits, but acquires no lock and writes nothing. */
  readonly dryRun?: boolean;
  /** Converts an error of writing, but not one of reading, to the error to throw. */
  readonly wrapWriteError?: (error: FileError | ConcurrentFileChange) => AttuneError;
}

export interface UpdateTools extends LockTools {
  /** How long to wait for another attune that edits the file. */
  readonly lockTimeoutMs: number;
}

/** Another program wrote to the file between reading and replacing it, in every attempt. */
export class ConcurrentFileChange extends AttuneError {
  constructor(name: string) {
    super('STORE_CHANGED', `Another program keeps writing to '${name}'.`, {
      facts: { path: name },
      hint: 'Wait until it has finished, then try again.',
    });
  }
}

/**
 * Reads, edits and replaces a file of the user atomically. Other attune processes are excluded by a transient lock next to
 * the file, which works between users, containers and machines that share the directory, and leaves nothing there. A
 * program that ignores the lock, such as an editor, is detected before the file is replaced: the edit is then repeated on
 * the new content. `/dev/null` counts as a missing file and discards the content.
 * @param path without symbolic links (`finalPath`)
 * @param edit reads the file and returns its new content; called once for each attempt, with a reporter that shows only
 * the warnings of the last attempt
 * @throws WriterBusy, FileError or what `wrapWriteError` returns, ConcurrentFileChange, and what `edit` throws; the file
 * is then unchanged
 */
export async function updateFile<T>(
  path: string,
  edit: (exists: boolean, reporter: Reporter) => FileEdit<T> | Promise<FileEdit<T>>,
  options: UpdateOptions,
  tools: UpdateTools,
): Promise<T> {
  refuseSpecialTarget(path);
  if (options.dryRun) return (await edit(fileStamp(path) !== undefined, tools.reporter)).result;
  // The directory of `/dev/null` is the wrong one for a lock file.
  if (discards(path)) return (await edit(false, tools.reporter)).result;
  const lock = await lockFile(path, options, tools);
  let reporter = deferWarnings(tools.reporter);
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const stamp = fileStamp(path);
      reporter = deferWarnings(tools.reporter);
      const { content, result } = await edit(stamp !== undefined, reporter);
      if (content === undefined) return result;
      if (lock instanceof FileError) throw wrapped(lock, options);
      try {
        if (replaceFile(path, content, stamp, options.private)) return result;
      } catch (error) {
        throw wrapped(error, options);
      }
      await tools.clock.sleep(RETRY_MS);
    }
    throw wrapped(new ConcurrentFileChange(options.name), options);
  } finally {
    reporter.report();
    if (!(lock instanceof FileError)) release(lock, tools.reporter);
  }
}

/** Without permission to remove the lock file, as in a sticky directory with one of another user, the edit is complete. */
function release(lock: HeldLock, reporter: Reporter): void {
  try {
    lock[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    reporter.warn(`${error.message} The file is no longer needed: remove it manually.`);
  }
}

function wrapped(error: unknown, { wrapWriteError }: UpdateOptions): unknown {
  const isWriteError = error instanceof FileError || error instanceof ConcurrentFileChange;
  return isWriteError && wrapWriteError ? wrapWriteError(error) : error;
}

/** Without write permission nothing can be replaced; the error is reported if the edit changes something. */
async function lockFile(path: string, { name }: UpdateOptions, tools: UpdateTools): Promise<HeldLock | FileError> {
  try {
    const lock = await waitForLock(
      { ...lockFilesOf(path), what: `'${name}'`, transient: true },
      tools.lockTimeoutMs,
      tools,
    );
    removeStaleSiblings(path);
    return lock;
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
}

/**
 * Removes what a killed process left next to a file: temporary files, and a lock file that no process holds. For commands
 * that may find nothing to edit. Failures are ignored, because the files have no effect.
 * @param path without symbolic links (`finalPath`)
 */
export function removeUpdateRemains(path: string): void {
  if (discards(path)) return;
  removeStaleSiblings(path);
  const { lockFile, noteFile } = lockFilesOf(path);
  try {
    const lock = FileLock.tryAcquire(lockFile, 'exclusive', { create: false });
    if (lock === undefined) return;
    removeHolderNote(noteFile);
    lock.releaseAndRemove();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
}

function lockFilesOf(path: string): Pick<LockTarget, 'lockFile' | 'noteFile'> {
  const lockFile = join(dirname(path), `.${basename(path)}.lock`);
  return { lockFile, noteFile: `${lockFile}.json` };
}
