/**
 * Locks on a file that the system releases when the process dies, on every platform: SQLite transactions on an empty file.
 *
 * A lock file may be permanent, or transient: created by the first process that wants it and removed by the holder before
 * it releases the lock. For transient files a lock is only valid if the path still leads to the locked file: another
 * process may have removed that file, and a third one may have created and locked a new file of the same name.
 */
import * as fs from 'node:fs';
import Database from 'better-sqlite3';
import { removeFile } from '../files/entries.ts';
import { FileError } from '../files/file-error.ts';
import { createSharedFile } from '../files/shared-file.ts';
import { translateSqliteError } from '../sqlite/database-error.ts';
import { type Connection, openSqlite } from '../sqlite/sqlite.ts';

export type LockMode = 'exclusive' | 'shared';

const STATEMENTS: Readonly<Record<LockMode, string>> = {
  // Nothing is written, so a journal in memory saves creating and deleting a file each time.
  exclusive: 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE',
  // A transaction that has read keeps others from writing until it ends.
  shared: 'BEGIN; SELECT count(*) FROM sqlite_schema',
};

export interface LockOptions {
  /** False to lock only an existing file, as a process does that cleans up or inspects. */
  readonly create?: boolean;
  /** Lets every user who can reach the file lock it, regardless of the umask of the process that creates it. */
  readonly anyUser?: boolean;
}

/** A lock that one process (`exclusive`) or several processes (`shared`) hold until they dispose of it. */
export class FileLock implements Disposable {
  readonly #connection: Connection;
  readonly #file: IdentifiedFile;
  readonly #path: string;

  private constructor(connection: Connection, file: IdentifiedFile, path: string) {
    this.#connection = connection;
    this.#file = file;
    this.#path = path;
  }

  /**
   * Locks a file. Never waits.
   * @param path in an existing directory
   * @returns `undefined` while another process holds a conflicting lock, or if the file is missing and not created
   * @throws FileError, DatabaseError
   */
  static tryAcquire(
    path: string,
    mode: LockMode,
    { create = true, anyUser = false }: LockOptions = {},
  ): FileLock | undefined {
    for (;;) {
      const file = create ? IdentifiedFile.openOrCreate(path, mode, anyUser) : IdentifiedFile.openIfPresent(path, mode);
      if (file === undefined) return undefined;
      const lock = FileLock.#tryLock(file, path, mode);
      // If another process removed the file in the meantime, its successor is tried.
      if (lock !== 'removed') return lock;
    }
  }

  /**
   * Creates a file and locks it exclusively. Never waits. Unlike `tryAcquire`, creates the file at most once, so that a
   * process that finds it missing knows that it stays missing.
   * @param path in an existing directory
   * @returns `undefined` if the file exists, or if another process has locked or removed the new file
   * @throws FileError, DatabaseError
   */
  static tryCreate(path: string): FileLock | undefined {
    const file = IdentifiedFile.create(path);
    const lock = file && FileLock.#tryLock(file, path, 'exclusive');
    return lock === 'removed' ? undefined : lock;
  }

  /** @returns `undefined` while another process holds a conflicting lock, `removed` if the path leads elsewhere meanwhile */
  static #tryLock(file: IdentifiedFile, path: string, mode: LockMode): FileLock | 'removed' | undefined {
    const connection = tryBegin(path, mode, file);
    const isCurrent = file.isAt(path);
    if (isCurrent && connection !== undefined) return new FileLock(connection, file, path);
    connection?.close();
    file.close();
    return isCurrent ? undefined : 'removed';
  }

  /** Releases the lock. The file remains. */
  [Symbol.dispose](): void {
    this.#connection.close();
    this.#file.close();
  }

  /**
   * Removes the file, then releases the lock: a process that waits for the lock finds that the path no longer leads to its
   * file. Windows cannot remove an open file; there the file is removed afterwards, unless another process has opened it.
   * @throws FileError
   */
  releaseAndRemove(): void {
    if (process.platform !== 'win32') removeFile(this.#path);
    this[Symbol.dispose]();
    if (process.platform === 'win32') fs.rmSync(this.#path, { force: true });
  }
}

/** @returns `undefined` if another process holds a conflicting lock, or the file was removed */
function tryBegin(path: string, mode: LockMode, file: IdentifiedFile): Connection | undefined {
  let connection: Connection | undefined;
  try {
    connection = openSqlite(path, { timeout: 0, fileMustExist: true });
    connection.exec(STATEMENTS[mode]);
    return connection;
  } catch (error) {
    connection?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    if (!file.isAt(path)) return undefined;
    file.close();
    throw translateSqliteError(path, error);
  }
}

/**
 * An open file whose device and inode identify it: while it is open, no other file can have the same inode. A process loses
 * its POSIX locks on a file as soon as it closes any descriptor of it (fcntl(2)), so descriptors are closed together, when
 * the last one is no longer used.
 */
class IdentifiedFile {
  static readonly #openFiles = new Map<string, { users: number; readonly descriptors: number[] }>();
  readonly #identity: string;
  #open = true;

  private constructor(identity: string) {
    this.#identity = identity;
  }

  /** @throws FileError */
  static openOrCreate(path: string, mode: LockMode, anyUser: boolean): IdentifiedFile {
    return IdentifiedFile.#of(openOrCreate(path, accessFor(mode), anyUser));
  }

  /** @returns `undefined` if the file does not exist @throws FileError */
  static openIfPresent(path: string, mode: LockMode): IdentifiedFile | undefined {
    const descriptor = openIfPresent(path, accessFor(mode));
    return descriptor === undefined ? undefined : IdentifiedFile.#of(descriptor);
  }

  /** @returns `undefined` if the file exists @throws FileError */
  static create(path: string): IdentifiedFile | undefined {
    const descriptor = createSharedFile(path);
    return descriptor === undefined ? undefined : IdentifiedFile.#of(descriptor);
  }

  static #of(descriptor: number): IdentifiedFile {
    const identity = identityOf(fs.fstatSync(descriptor, { bigint: true }));
    const shared = IdentifiedFile.#openFiles.get(identity) ?? { users: 0, descriptors: [] };
    shared.users += 1;
    shared.descriptors.push(descriptor);
    IdentifiedFile.#openFiles.set(identity, shared);
    return new IdentifiedFile(identity);
  }

  /** Returns whether a path leads to this file. */
  isAt(path: string): boolean {
    const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && identityOf(stats) === this.#identity;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const shared = IdentifiedFile.#openFiles.get(this.#identity)!;
    shared.users -= 1;
    if (shared.users > 0) return;
    IdentifiedFile.#openFiles.delete(this.#identity);
    for (const descriptor of shared.descriptors) fs.closeSync(descriptor);
  }
}

function identityOf({ dev, ino }: fs.BigIntStats): string {
  return `${dev}:${ino}`;
}

/** A shared lock requires only read permission. */
function accessFor(mode: LockMode): number {
  return mode === 'shared' ? fs.constants.O_RDONLY : fs.constants.O_RDWR;
}

function openIfPresent(path: string, access: number): number | undefined {
  try {
    return fs.openSync(path, access | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FileError('open', path, error as NodeJS.ErrnoException);
  }
}

function openOrCreate(path: string, access: number, anyUser: boolean): number {
  for (;;) {
    const existing = openIfPresent(path, access);
    if (existing !== undefined) return existing;
    const created = createSharedFile(path);
    if (created === undefined) continue;
    if (anyUser && process.platform !== 'win32') fs.fchmodSync(created, 0o666);
    return created;
  }
}
