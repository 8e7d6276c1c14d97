import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { finalPath, makeDirectory } from '../../platform/files/read.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import type { UpdateOptions } from '../../platform/files/update-file.ts';
import type { ExclusiveLock } from '../../platform/locks/exclusive-lock.ts';
import { waitForLock, type LockTools } from '../../platform/locks/wait-for-lock.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** An index of the user's that is to be written. */
export interface IndexFile {
  /** As it was typed, for messages. */
  readonly name: string;
  /** Where it really is: absolute, all links followed. Nothing need be there yet. */
  readonly path: string;
}

/** The file could not be replaced; the old one, if there was one, is untouched. */
export class IndexNotWritten extends AttuneError {
  constructor(name: string, fault: FileError) {
    super(fault.code, `The index '${name}' was not written and is as it was. ${fault.message}`, {
      facts: { ...fault.facts, index: name },
      hint: HINTS[fault.code] ?? fault.hint ?? 'Check the file and its directory.',
      cause: fault,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  STORE_PERMISSION: 'Check who owns the file and its directory, and their modes.',
  STORE_READ_ONLY: 'Work on a copy that is on another file system.',
  STORE_FULL: 'Free some space where the index is, then try again.',
};

class LockDirectoryNotWritable extends AttuneError {
  constructor(directory: string, fault: FileError) {
    super(fault.code, `Nothing can be locked in the cache directory. ${fault.message}`, {
      facts: { ...fault.facts, path: directory },
      hint: 'Set ATTUNE_CACHE_DIR to a directory that may be written to.',
      cause: fault,
    });
  }
}

/** @throws FileError when the directory is not there */
export function resolveIndexFile(name: string, { environment }: Pick<Runtime, 'environment'>): IndexFile {
  return { name, path: finalPath(expandPath(name, environment)) };
}

/**
 * Keeps other attunes from writing to this file. The lock is a file in the cache, named by the path that it stands for: one
 * beside the index would end up in the registry's repository. What an attune that was killed left beside it goes.
 * @throws WriterBusy when that takes longer than `timeoutMs`
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
  const place = { what: `'${name}'`, lockFile: `${stem}.lock`, noteFile: `${stem}.json` };
  const lock = await waitForLock(place, timeoutMs, runtime);
  removeStaleSiblings(path);
  return lock;
}

/** Returns the options with which `updateFile` writes an index; it then throws IndexNotWritten. */
export function indexUpdateOptions({ name }: IndexFile, { clock }: Pick<Runtime, 'clock'>): UpdateOptions {
  return { clock, wrapWriteError: (error) => new IndexNotWritten(name, error) };
}

/** Now, as an index has it: to the second, in UTC. */
export function indexTimestamp({ clock }: Pick<Runtime, 'clock'>): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
