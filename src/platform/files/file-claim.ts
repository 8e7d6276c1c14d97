import * as fs from 'node:fs';
import { FileFault } from './file-error.ts';
import { linkTarget, removeFile } from './read.ts';
import { isOlder, isOwnerGone, ownerMark } from './temporary-sibling.ts';

/** Longer than any rename takes: who has held a claim for this long was killed. */
const CLAIM_MS = 10_000;

/**
 * No system call compares and renames, so whoever does both excludes the others by a claim beside the file, for as long as
 * that takes. It is a link that leads nowhere and says whose it is: made in one step, it is never without its owner, and
 * one of a process that was killed is known at once. (Windows, where links take a privilege: an empty file.)
 */
export class FileClaim implements Disposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** The claim, or `undefined` while somebody else has it. @throws FileFault */
  static tryAcquire(file: string): FileClaim | undefined {
    const path = `${file}.writing.tmp`;
    if (make(path)) return new FileClaim(path);
    if (!isLeftBehind(path)) return undefined;
    removeFile(path);
    return make(path) ? new FileClaim(path) : undefined;
  }

  [Symbol.dispose](): void {
    removeFile(this.#path);
  }
}

function make(path: string): boolean {
  try {
    if (process.platform === 'win32') fs.closeSync(fs.openSync(path, 'wx'));
    else fs.symlinkSync(ownerMark(), path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new FileFault('create', path, error as NodeJS.ErrnoException);
  }
}

function isLeftBehind(path: string): boolean {
  return isOwnerGone(linkTarget(path) ?? '') ?? isOlder(path, CLAIM_MS);
}
