import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, type ErrorCode, reasonOf } from '../../errors.ts';
import { describeSystemError, type SystemErrorInfo } from '../files/file-error.ts';
import { exists, inspectTarget } from '../files/inspect.ts';
import { isForeignInStickyDirectory, permissionsOf } from '../files/permissions.ts';

/** A database that cannot be used, or a failed operation on it. */
export class DatabaseError extends AttuneError {
  constructor(code: ErrorCode, path: string, why: string, hint: string, cause?: unknown) {
    super(code, `The database '${path}' cannot be used: ${why}.`, { facts: { path }, hint, cause });
  }
}

const RESTORE = 'Move it away, and attune creates a new one; or restore a backup.';

const SQLITE_ERRORS: readonly [prefix: string, code: ErrorCode, why: string, hint: string][] = [
  ['SQLITE_FULL', 'STORE_FULL', 'no space is left on the device', 'Free some space, then try again.'],
  ['SQLITE_NOTADB', 'STORE_CORRUPT', 'it is not an SQLite database', RESTORE],
  ['SQLITE_CORRUPT', 'STORE_CORRUPT', 'it is damaged', RESTORE],
  [
    'SQLITE_READONLY',
    'STORE_READ_ONLY',
    'it cannot be written',
    'Check its owner and mode, or choose another directory with --data-dir.',
  ],
  [
    'SQLITE_CANTOPEN',
    'STORE_PERMISSION',
    'it cannot be opened',
    'Check the owner and mode of the data directory, or choose another one with --data-dir.',
  ],
  [
    'SQLITE_PERM',
    'STORE_PERMISSION',
    'permission denied',
    'Check its owner and mode, or choose another directory with --data-dir.',
  ],
  [
    'SQLITE_BUSY',
    'STORE_LOCKED',
    'another program has locked it',
    'Close the program that has it open, then try again.',
  ],
  ['SQLITE_IOERR', 'STORE_IO', 'the disk reported an I/O error', 'Check the disk and its free space.'],
];

/** Converts an SQLite error to a DatabaseError. Returns any other error unchanged. */
export function translateSqliteError(path: string, error: unknown): unknown {
  if (isDirectoryMissing(path, error)) {
    return new DatabaseError(
      'STORE_PERMISSION',
      path,
      'its directory no longer exists',
      'Create the directory again, or choose another one with --data-dir.',
      error,
    );
  }
  if (!(error instanceof Database.SqliteError)) return error;
  if (INTERRUPTED_WRITE.test(error.code)) return new InterruptedWrite(path, error);
  if (/^SQLITE_(CANTOPEN|READONLY|IOERR_DELETE)/.test(error.code)) {
    const reason = whyUnusable(path);
    if (reason !== undefined) return new DatabaseError(reason.code, path, reason.why, reason.hint, error);
  }
  if (error.code === 'SQLITE_ERROR' && error.message.startsWith('no such table')) {
    return new DatabaseError('STORE_CORRUPT', path, `a table is missing (${error.message})`, RESTORE, error);
  }
  const known = SQLITE_ERRORS.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return error;
  const [, code, why, hint] = known;
  return new DatabaseError(code, path, `${why} (${reasonOf(error)})`, hint, error);
}

/** Results of SQLite for a journal or log that only a process with write permission can process. */
const INTERRUPTED_WRITE = /^SQLITE_READONLY_(ROLLBACK|RECOVERY|CANTINIT)$/;

/** A process was interrupted while it wrote to the database, and this one has no permission to undo or complete the change. */
export class InterruptedWrite extends DatabaseError {
  constructor(path: string, cause: unknown) {
    const auxiliary = ['-journal', '-wal'].map((suffix) => path + suffix).find((file) => inspectTarget(file));
    const file = auxiliary === undefined ? 'its journal' : `the journal '${auxiliary}'`;
    super(
      'STORE_READ_ONLY',
      path,
      `a command was interrupted while it wrote, and ${file} can only be processed by a user with write permission`,
      `Run attune once as the owner of '${dirname(path)}'; or copy that directory to a writable path and name the copy with --data-dir.`,
      cause,
    );
  }
}

/** The driver itself checks the directory before it calls SQLite, and throws a TypeError. */
function isDirectoryMissing(path: string, error: unknown): boolean {
  if (error instanceof TypeError) return error.message.endsWith('because the directory does not exist');
  const cannotOpen = error instanceof Database.SqliteError && error.code === 'SQLITE_CANTOPEN';
  return cannotOpen && inspectTarget(dirname(path)) === undefined;
}

/** Longest path of SQLite's `unix` VFS, minus the suffix of the journal (os_unix.c, MAX_PATHNAME; pager.c). */
const SQLITE_PATH_BYTES = 504;

const PATH_TOO_LONG: SystemErrorInfo = {
  code: 'STORE_PATH',
  why: `its path is longer than the ${SQLITE_PATH_BYTES} bytes that SQLite supports`,
  hint: 'Choose a directory with a shorter path: --data-dir or ATTUNE_DATA_DIR.',
};

/** Returns the reason, which SQLite does not report, by checking the database, its auxiliary files and its directory. */
function whyUnusable(path: string): SystemErrorInfo | undefined {
  if (Buffer.byteLength(path) > SQLITE_PATH_BYTES) return PATH_TOO_LONG;
  const auxiliary = ['-journal', '-wal', '-shm'].map((suffix) => path + suffix).filter(exists);
  const files = [path, ...auxiliary].filter(exists);
  const directory = dirname(path);
  return (
    whyInaccessible(files, constants.R_OK, path) ??
    whyInaccessible([...files, directory], constants.W_OK, path) ??
    auxiliary.filter(isForeignInStickyDirectory).map(foreignFile)[0]
  );
}

function whyInaccessible(files: readonly string[], access: number, database: string): SystemErrorInfo | undefined {
  for (const file of files) {
    const reason = describeSystemError(accessErrorOf(file, access));
    if (reason !== undefined) return file === database ? reason : { ...reason, why: `${reason.why} ('${file}')` };
  }
  return undefined;
}

function accessErrorOf(file: string, access: number): string | undefined {
  try {
    accessSync(file, access);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function foreignFile(file: string): SystemErrorInfo {
  return {
    code: 'STORE_PERMISSION',
    why: `'${file}' belongs to user ${permissionsOf(file)?.owner}, and its directory is sticky, so this user cannot remove it`,
    hint: 'Run attune once as that user or as root.',
  };
}
