import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { finalPath } from '../../platform/files/inspect.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import type { UpdateOptions } from '../../platform/files/update-file.ts';
import type { ExclusiveLock } from '../../platform/locks/file-lock.ts';
import { type LockTools, waitForLock } from '../../platform/locks/wait-for-lock.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** A user's index file that a command writes to. */
export interface IndexFile {
  /** The path as given, for messages. */
  readonly name: string;
  /** The absolute path with all links resolved. The file itself may not exist yet. */
  readonly path: string;
}

/** The file could not be replaced. An existing file is unchanged. */
export class IndexNotWritten extends AttuneError {
  constructor(name: string, error: FileError) {
    super(error.code, `The index '${name}' was not written and is unchanged. ${error.message}`, {
      facts: { ...error.facts, index: name },
      hint: HINTS[error.code] ?? error.hint ?? 'Check the file and its directory.',
      cause: error,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  STORE_PERMISSION: 'Check the owner and mode of the file and of its directory.',
  STORE_READ_ONLY: 'Work on a copy on a writable file system.',
  STORE_FULL: 'Free some space on the file system of the index, then try again.',
};

class LockDirectoryNotWritable extends AttuneError {
  constructor(directory: string, error: FileError) {
    super(error.code, `Cannot create lock files in the cache directory. ${error.message}`, {
      facts: { ...error.facts, path: directory },
      hint: 'Set ATTUNE_CACHE_DIR to a writable directory.',
      cause: error,
    });
  }
}

/** Resolves the path of an index file. @throws FileError if its directory does not exist */
export function resolveIndexFile(name: string, { environment }: Pick<Runtime, 'environment'>): IndexFile {
  return { name, path: finalPath(expandPath(name, environment)) };
}

/**
 * Locks an index file against other attune processes, and removes temporary files that a killed process left next to
 * it. The lock file is in the cache directory, named by the hash of the index path; next to the index, it could be
 * committed to the registry's repository.
 * @throws WriterBusy if the lock is not free within `timeoutMs`
 */
export async function lockIndex(
  { name, path }: IndexFile,
  timeoutMs: number,
  runtime: LockTools & Pick<Runtime, 'paths'>,
): Promise<ExclusiveLock> {
  const directory = join(runtime.paths.cache, 'locks');
  try {
    makeDirectory(directory);
  } catch (error) {
    throw error instanceof FileError ? new LockDirectoryNotWritable(directory, error) : error;
  }
  const stem = join(directory, createHash('sha256').update(path).digest('hex').slice(0, 32));
  const target = { what: `'${name}'`, lockFile: `${stem}.lock`, noteFile: `${stem}.json` };
  const lock = await waitForLock(target, timeoutMs, runtime);
  removeStaleSiblings(path);
  return lock;
}

/** Returns the options with which `updateFile` writes an index; it then throws IndexNotWritten. */
export function indexUpdateOptions({ name }: IndexFile, { clock }: Pick<Runtime, 'clock'>): UpdateOptions {
  return { clock, wrapWriteError: (error) => new IndexNotWritten(name, error) };
}

/** Returns the current time in the format of an index: UTC, in whole seconds. */
export function indexTimestamp({ clock }: Pick<Runtime, 'clock'>): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
