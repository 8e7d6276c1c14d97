import { reasonOf } from '../../errors.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { isDatabaseError, UnusableDatabase } from './database.ts';

/** SQLite cannot read the cache. No command fails for this reason, because the content can be downloaded again. */
export class CacheFailure extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** The cache on disk cannot be changed. It can still be read. */
export class CacheNotWritable extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** Converts an error of SQLite to a CacheFailure; returns any other error unchanged. */
export function toCacheFailure(error: unknown): unknown {
  return isDatabaseError(error) ? new CacheFailure(error) : error;
}

/** Converts an error of SQLite or of the file to a CacheNotWritable; returns any other error unchanged. */
export function toNotWritable(error: unknown): unknown {
  const isCause = isDatabaseError(error) || error instanceof FileError || error instanceof UnusableDatabase;
  return isCause ? new CacheNotWritable(error) : error;
}
