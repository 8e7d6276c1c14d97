import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** Who may do what with a file or directory. */
export interface Permissions {
  /** The twelve bits of it: rights, set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly owner: number;
}

/** Of a path itself, not of what a link there leads to; `undefined` where nothing is. @throws FileFault */
export function permissionsOf(path: string): Permissions | undefined {
  const stats = attempt('look at', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  return stats && { mode: stats.mode & 0o7777, owner: stats.uid };
}

/** @throws FileFault */
export function changeMode(path: string, mode: number): void {
  attempt('change the mode of', path, () => fs.chmodSync(path, mode));
}

/** Whether this user may write to what is at a path; the reason is thrown. @throws FileFault */
export function confirmWritable(path: string): void {
  attempt('write to', path, () => fs.accessSync(path, fs.constants.W_OK));
}

/** The number of the user; `undefined` on Windows, which has none. */
export function currentOwner(): number | undefined {
  return process.geteuid?.();
}
