import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, type ErrorCode, reasonOf } from '../errors.ts';
import { inspectTarget } from './files.ts';

/** A database that cannot be used, or an operation on it that failed. */
export class DatabaseFault extends AttuneError {
  constructor(code: ErrorCode, path: string, why: string, hint: string, cause?: unknown) {
    super(code, `The database '${path}' cannot be used: ${why}.`, { facts: { path }, hint, cause });
  }
}

const RESTORE = 'Move it away (attune then starts anew) or restore a backup.';

const SQLITE_FAULTS: readonly [prefix: string, code: ErrorCode, why: string, hint: string][] = [
  ['SQLITE_FULL', 'STORE_FULL', 'no space is left on the device', 'Free some space, then try again.'],
  ['SQLITE_NOTADB', 'STORE_CORRUPT', 'it is not an SQLite database', RESTORE],
  ['SQLITE_CORRUPT', 'STORE_CORRUPT', 'it is damaged', RESTORE],
  [
    'SQLITE_READONLY',
    'STORE_READ_ONLY',
    'it cannot be written',
    'Check who owns it and its mode, or choose another place with --data-dir.',
  ],
  [
    'SQLITE_CANTOPEN',
    'STORE_PERMISSION',
    'it cannot be opened',
    'Check who owns the data directory and its mode, or choose another with --data-dir.',
  ],
  [
    'SQLITE_PERM',
    'STORE_PERMISSION',
    'permission denied',
    'Check who owns it and its mode, or choose another place with --data-dir.',
  ],
  ['SQLITE_BUSY', 'STORE_LOCKED', 'another program holds it', 'Close the program that has it open, then try again.'],
  ['SQLITE_IOERR', 'STORE_IO', 'the disk answered with an error', 'Check the disk and its free space.'],
];

/** Runs a database operation and puts what SQLite says into attune's words. */
export function translating<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw translated(path, error);
  }
}

export function translated(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_CANTOPEN' && inspectTarget(dirname(path)) === undefined) {
    return new DatabaseFault(
      'STORE_PERMISSION',
      path,
      'its directory has vanished',
      'Create the directory again, or choose another with --data-dir.',
      error,
    );
  }
  if (error.code === 'SQLITE_ERROR' && error.message.startsWith('no such table')) {
    return new DatabaseFault('STORE_CORRUPT', path, `a part of it is gone (${error.message})`, RESTORE, error);
  }
  const known = SQLITE_FAULTS.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return error;
  const [, code, why, hint] = known;
  return new DatabaseFault(code, path, `${why} (${reasonOf(error)})`, hint, error);
}
