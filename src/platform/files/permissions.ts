import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { attempt } from './file-error.ts';

const STICKY = 0o1000;

/** True where new entries get the group of their directory only if its set-group-ID bit is set. */
export const groupNeedsBit = process.platform === 'linux';

/** The mode and owner of a file or directory. */
export interface Permissions {
  /** Twelve bits: permissions, set-user-ID, set-group-ID and sticky. */
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
}

/** Returns the permissions of a path without following a link; `undefined` if it does not exist. @throws FileError */
export function permissionsOf(path: string): Permissions | undefined {
  const stats = attempt('inspect', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  return stats && { mode: stats.mode & 0o7777, owner: stats.uid, group: stats.gid };
}

/** @throws FileError */
export function changeMode(path: string, mode: number): void {
  attempt('change the mode of', path, () => fs.chmodSync(path, mode));
}

/** Verifies that this user may write to a path. @throws FileError with the reason */
export function assertWritable(path: string): void {
  attempt('write to', path, () => fs.accessSync(path, fs.constants.W_OK));
}

/** Returns the effective user ID; `undefined` on Windows. */
export function currentUserId(): number | undefined {
  return process.geteuid?.();
}

/** Changes the group of an entry without following links. @throws FileError */
export function changeGroup(path: string, group: number): void {
  attempt('change the group of', path, () => fs.lchownSync(path, fs.lstatSync(path).uid, group));
}

/** Returns the effective group ID; `undefined` on Windows. */
export function currentGroupId(): number | undefined {
  return process.getegid?.();
}

/** Returns whether this process may write to a file or directory. */
export function isWritable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns whether this process may replace or remove a directory entry. */
export function mayRemove(path: string): boolean {
  return isWritable(dirname(path)) && !isForeignInStickyDirectory(path);
}

/** Returns whether only another user may replace or remove a directory entry, because its directory is sticky. */
export function isForeignInStickyDirectory(path: string): boolean {
  const { mode = 0, owner } = permissionsOf(dirname(path)) ?? {};
  const user = currentUserId();
  return (mode & STICKY) !== 0 && user !== 0 && user !== owner && user !== permissionsOf(path)?.owner;
}
