import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** The mode and owner of a file or directory. */
export interface Permissions {
  /** Twelve bits: permissions, set-user-ID, set-group-ID and sticky. */
  readonly mode: number;
  readonly owner: number;
}

/** Returns the permissions of a path without following a link; `undefined` if it does not exist. @throws FileError */
export function permissionsOf(path: string): Permissions | undefined {
  const stats = attempt('inspect', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  return stats && { mode: stats.mode & 0o7777, owner: stats.uid };
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
