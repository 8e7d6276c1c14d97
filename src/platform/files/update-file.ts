import { AttuneError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import { FileError } from './file-error.ts';
import { fileStamp, replaceFile } from './write.ts';

/** Milliseconds between two attempts to replace a file that another process is writing to. */
const RETRY_MS = 20;

/** The outcome of one edit of a file. */
export interface FileEdit<T> {
  /** The new content in chunks; `undefined` leaves the file unchanged. */
  readonly content: Iterable<Uint8Array> | undefined;
  /** Returned to the caller once the content is written. */
  readonly result: T;
}

export interface UpdateOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** The mode of a file that did not exist, 0644 by default. An existing file keeps its mode. */
  readonly newMode?: number;
  /** The number of attempts before `ConcurrentFileChange` is thrown; unlimited by default. */
  readonly maxAttempts?: number;
  /** Converts an error of writing, but not one of reading, to the error to throw. */
  readonly wrapWriteError?: (error: FileError) => AttuneError;
}

/** Other processes wrote to the file between reading and replacing it, in every attempt. */
export class ConcurrentFileChange extends AttuneError {
  constructor(path: string) {
    super('STORE_CHANGED', 'Other processes are writing to it at the same time.', { facts: { path } });
  }
}

/**
 * Reads, edits and replaces a file of the user atomically (optimistic concurrency). If another process writes to the
 * file between reading and replacing it, for example an editor that knows no lock of ours, the edit is repeated on the
 * new content.
 * @param path without symbolic links (`finalPath`)
 * @param edit reads the file and returns its new content; called once for each attempt
 * @throws FileError or what `wrapWriteError` returns, ConcurrentFileChange, and what `edit` throws; the file is then
 * unchanged
 */
export async function updateFile<T>(
  path: string,
  edit: (exists: boolean) => FileEdit<T> | Promise<FileEdit<T>>,
  { clock, newMode, maxAttempts = Number.POSITIVE_INFINITY, wrapWriteError }: UpdateOptions,
): Promise<T> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const stamp = fileStamp(path);
    const { content, result } = await edit(stamp !== undefined);
    try {
      if (content === undefined || replaceFile(path, content, stamp, newMode)) return result;
    } catch (error) {
      throw wrapWriteError && error instanceof FileError ? wrapWriteError(error) : error;
    }
    await clock.sleep(RETRY_MS);
  }
  throw new ConcurrentFileChange(path);
}
