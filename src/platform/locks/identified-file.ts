import * as fs from 'node:fs';
import { FileError } from '../files/file-error.ts';
import { createSharedFile, shareWithAllUsers } from '../files/shared-file.ts';

/**
 * An open file whose device and inode identify it: while it is open, no other file can have the same inode. A process loses
 * its POSIX locks on a file as soon as it closes any descriptor of it (fcntl(2)), so descriptors are closed together, when
 * the last one is no longer used.
 */
export class IdentifiedFile {
  static readonly #openFiles = new Map<string, { users: number; readonly descriptors: number[] }>();
  readonly #identity: string;
  #open = true;

  private constructor(identity: string) {
    this.#identity = identity;
  }

  /**
   * @param writable false if read permission is sufficient, as for a shared lock
   * @param anyUser lets every user who can reach a new file lock it
   * @throws FileError
   */
  static openOrCreate(path: string, writable: boolean, anyUser: boolean): IdentifiedFile {
    return IdentifiedFile.#of(openOrCreate(path, writable, anyUser));
  }

  /** @returns `undefined` if the file does not exist @throws FileError */
  static openIfPresent(path: string, writable: boolean): IdentifiedFile | undefined {
    const descriptor = openIfPresent(path, writable);
    return descriptor === undefined ? undefined : IdentifiedFile.#of(descriptor);
  }

  /** @returns `undefined` if the file exists @throws FileError */
  static create(path: string): IdentifiedFile | undefined {
    const descriptor = createSharedFile(path);
    return descriptor === undefined ? undefined : IdentifiedFile.#of(descriptor);
  }

  static #of(descriptor: number): IdentifiedFile {
    const identity = identityOf(fs.fstatSync(descriptor, { bigint: true }));
    const openFile = IdentifiedFile.#openFiles.get(identity) ?? { users: 0, descriptors: [] };
    openFile.users += 1;
    openFile.descriptors.push(descriptor);
    IdentifiedFile.#openFiles.set(identity, openFile);
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
    const openFile = IdentifiedFile.#openFiles.get(this.#identity)!;
    openFile.users -= 1;
    if (openFile.users > 0) return;
    IdentifiedFile.#openFiles.delete(this.#identity);
    for (const descriptor of openFile.descriptors) fs.closeSync(descriptor);
  }
}

function identityOf({ dev, ino }: fs.BigIntStats): string {
  return `${dev}:${ino}`;
}

function openIfPresent(path: string, writable: boolean): number | undefined {
  const access = writable ? fs.constants.O_RDWR : fs.constants.O_RDONLY;
  try {
    return fs.openSync(path, access | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FileError('open', path, error as NodeJS.ErrnoException);
  }
}

function openOrCreate(path: string, writable: boolean, anyUser: boolean): number {
  for (;;) {
    const existing = openIfPresent(path, writable);
    if (existing !== undefined) return existing;
    const created = createSharedFile(path);
    if (created === undefined) continue;
    if (anyUser) shareWithAllUsers(created);
    return created;
  }
}
