import { dirname, join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { FileError } from '../platform/files/file-error.ts';
import { discards } from '../platform/files/input/open-file.ts';
import { inspectTarget } from '../platform/files/inspect.ts';
import { makeDurableDirectories } from '../platform/files/make-durable-directory.ts';
import type { LockTarget } from '../platform/locks/wait-for-lock.ts';

/**
 * The absolute paths of the store.
 *
 *     attune.db                              the authoritative database
 *     releases/<ref>/<version>-<digest12>/   immutable trees, named after their content
 *     packs/<ref> -> ../releases/...         the current releases for other programs, derived from the database
 *     staging/<id>/                          work in progress, each with a lock that is released with its process
 *     envs/<ref>/<digest>/                   runtime environments (environments.ts), not in the database
 *     backups/                               copies of the database, on demand and before migrations and restores
 *     writer.lock, writer.json               the writer lock; its holder, for messages
 */
export interface Layout {
  readonly data: string;
  readonly database: string;
  readonly packs: string;
  readonly releases: string;
  readonly staging: string;
  readonly environments: string;
  readonly backups: string;
  readonly writerLock: string;
  readonly writerNote: string;
}

export function layoutOf(data: string): Layout {
  return {
    data,
    database: join(data, 'attune.db'),
    packs: join(data, 'packs'),
    releases: join(data, 'releases'),
    staging: join(data, 'staging'),
    environments: join(data, 'envs'),
    backups: join(data, 'backups'),
    writerLock: join(data, 'writer.lock'),
    writerNote: join(data, 'writer.json'),
  };
}

/** Returns the lock that excludes other writers. Its file is permanent. */
export function writerLockTarget({ writerLock, writerNote }: Layout): LockTarget {
  return { what: 'the store', lockFile: writerLock, noteFile: writerNote };
}

/** A directory of the store cannot be created because its path is invalid or occupied. */
export class UnusableDirectory extends AttuneError {
  constructor({ message, facts }: Pick<FileError, 'message' | 'facts'>, cause?: FileError) {
    super('STORE_PATH', message, {
      facts,
      hint: 'Move the conflicting file away, or choose another directory with --data-dir or ATTUNE_DATA_DIR.',
      cause,
    });
  }
}

/** Verifies that the data directory is or can become a directory. @throws UnusableDirectory if a file is at its path, or above */
export function refuseOccupied(data: string): void {
  for (let path = data; ; path = dirname(path)) {
    const kind = inspectTarget(path)?.kind;
    if (kind === 'directory' || (kind === undefined && dirname(path) === path)) return;
    if (kind === undefined) continue;
    const what = kind === 'file' ? 'a file' : 'a special file';
    const message = `Cannot use the data directory '${data}': '${path}' is ${what}, not a directory.`;
    throw new UnusableDirectory({ message, facts: { path } });
  }
}

/** Verifies that SQLite can open the database and its journals without blocking. @throws UnusableDirectory */
export function refuseSpecialDatabase(database: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) {
    const path = database + suffix;
    const kind = inspectTarget(path)?.kind;
    if (kind === undefined || (kind === 'file' && !discards(path))) continue;
    const what = kind === 'directory' ? 'a directory' : 'a special file';
    const message = `Cannot open the database '${database}': '${path}' is ${what}, not a regular file.`;
    throw new UnusableDirectory({ message, facts: { path } });
  }
}

/** Creates a directory of the store that survives a power cut. @throws UnusableDirectory, FileError */
export function makeStoreDirectory(directory: string): void {
  makeStoreDirectories([directory]);
}

/** Creates directories of the store like `makeStoreDirectory`. @throws UnusableDirectory, FileError */
export function makeStoreDirectories(directories: readonly string[]): void {
  try {
    makeDurableDirectories(directories);
  } catch (error) {
    const invalidPath = error instanceof FileError && /^(NOT_FOUND|EXISTS|INVALID)$/.test(error.family);
    throw invalidPath ? new UnusableDirectory(error, error) : error;
  }
}
