import { AttuneError } from '../../errors.ts';
import type { FileError } from '../../platform/files/file-error.ts';
import { finalPath } from '../../platform/files/inspect.ts';
import type { ConcurrentFileChange, UpdateOptions } from '../../platform/locks/update-file.ts';
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
  constructor(name: string, error: FileError | ConcurrentFileChange) {
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

/** Resolves the path of an index file. @throws FileError if its directory does not exist */
export function resolveIndexFile(name: string, { environment }: Pick<Runtime, 'environment'>): IndexFile {
  return { name, path: finalPath(expandPath(name, environment)) };
}

/** Returns the options with which `updateFile` writes an index; it then throws IndexNotWritten. */
export function indexUpdateOptions({ name }: IndexFile, { dryRun }: { readonly dryRun: boolean }): UpdateOptions {
  return { name, dryRun, wrapWriteError: (error) => new IndexNotWritten(name, error) };
}

/** Returns the current time in the format of an index: UTC, in whole seconds. */
export function indexTimestamp({ clock }: Pick<Runtime, 'clock'>): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
