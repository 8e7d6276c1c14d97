import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AttuneError, type ErrorCode, reasonOf } from '../../errors.ts';
import { type SystemReason, systemReason } from '../files/file-error.ts';
import { inspectTarget } from '../files/read.ts';

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

/** What SQLite says, in attune's words; anything else as it is. */
export function translated(path: string, error: unknown): unknown {
  if (isVanished(path, error)) {
    return new DatabaseFault(
      'STORE_PERMISSION',
      path,
      'its directory has vanished',
      'Create the directory again, or choose another with --data-dir.',
      error,
    );
  }
  if (!(error instanceof Database.SqliteError)) return error;
  if (/^SQLITE_(CANTOPEN|READONLY)/.test(error.code)) {
    const reason = whyUnwritable(path);
    if (reason !== undefined) return new DatabaseFault(reason.code, path, reason.why, reason.hint, error);
  }
  if (error.code === 'SQLITE_ERROR' && error.message.startsWith('no such table')) {
    return new DatabaseFault('STORE_CORRUPT', path, `a part of it is gone (${error.message})`, RESTORE, error);
  }
  const known = SQLITE_FAULTS.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return error;
  const [, code, why, hint] = known;
  return new DatabaseFault(code, path, `${why} (${reasonOf(error)})`, hint, error);
}

/** The driver has a look of its own before SQLite is asked. */
function isVanished(path: string, error: unknown): boolean {
  if (error instanceof TypeError) return error.message.endsWith('because the directory does not exist');
  const cannotOpen = error instanceof Database.SqliteError && error.code === 'SQLITE_CANTOPEN';
  return cannotOpen && inspectTarget(dirname(path)) === undefined;
}

/** What SQLite's `unix` VFS opens, less the name of the journal (os_unix.c, MAX_PATHNAME; pager.c). */
const SQLITE_PATH_BYTES = 504;

const TOO_LONG: SystemReason = {
  code: 'STORE_PATH',
  why: `its path is longer than the ${SQLITE_PATH_BYTES} bytes that SQLite opens`,
  hint: 'Choose a directory with a shorter path: --data-dir or ATTUNE_DATA_DIR.',
};

/** SQLite says that it cannot, and not why; the system does when it is asked about the directory. */
function whyUnwritable(path: string): SystemReason | undefined {
  if (Buffer.byteLength(path) > SQLITE_PATH_BYTES) return TOO_LONG;
  try {
    accessSync(dirname(path), constants.W_OK);
    return undefined;
  } catch (error) {
    return systemReason((error as NodeJS.ErrnoException).code);
  }
}
