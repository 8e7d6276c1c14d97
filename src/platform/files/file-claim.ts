import * as fs from 'node:fs';
import { removeFile } from './entries.ts';
import { FileError } from './file-error.ts';
import { linkTarget } from './inspect.ts';
import { isOlderThan, isOwnerDead, ownerTag } from './temporary-sibling.ts';

/** Longer than any rename takes. A claim without an owner that is older was left by a killed process. */
const CLAIM_MS = 10_000;

/**
 * Excludes other processes while a file is compared and renamed, which no single system call does. The claim is a dangling
 * symbolic link next to the file, whose target names the owner: it is created in one step, and a claim of a killed process
 * is recognized at once. On Windows, where symbolic links require a privilege, the claim is an empty file.
 */
export class FileClaim implements Disposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Returns the claim, or `undefined` while another process holds it. @throws FileError */
  static tryAcquire(file: string): FileClaim | undefined {
    const path = `${file}.writing.tmp`;
    if (create(path)) return new FileClaim(path);
    if (!isStaleClaim(path)) return undefined;
    removeFile(path);
    return create(path) ? new FileClaim(path) : undefined;
  }

  [Symbol.dispose](): void {
    removeFile(this.#path);
  }
}

function create(path: string): boolean {
  try {
    if (process.platform === 'win32') fs.closeSync(fs.openSync(path, 'wx'));
    else fs.symlinkSync(ownerTag(), path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new FileError('create', path, error as NodeJS.ErrnoException);
  }
}

function isStaleClaim(path: string): boolean {
  return isOwnerDead(linkTarget(path) ?? '') ?? isOlderThan(path, CLAIM_MS);
}
