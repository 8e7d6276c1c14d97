import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** The file system that a path is on. */
export interface FileSystemFacts {
  /** What it is called, where that matters: `NFS`. */
  readonly kind: string | undefined;
  /** Another machine or another program may answer for it, and how its locks behave is theirs to say. */
  readonly remote: boolean;
  /** What this user may still use. */
  readonly freeBytes: number;
  /** How many files may still be made; `undefined` where the file system does not count them. */
  readonly freeFiles: number | undefined;
}

/**
 * The magic numbers of statfs(2) (linux/magic.h and the sources of each file system) of those whose locks are another
 * machine's or another program's.
 */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  1702057286: 'FUSE',
  16914839: '9p',
  1397113167: 'AFS',
  1799439955: 'AFS',
  12805120: 'Ceph',
  198183888: 'Lustre',
  1196443219: 'GPFS',
  1937076805: 'Coda',
  22092: 'NCP',
};
const TMPFS = 0x01021994;

/** @param path of something that is there @throws FileFault */
export function fileSystemOf(path: string): FileSystemFacts {
  const { type, bsize, bavail, files, ffree } = attempt('ask for the file system of', path, () => fs.statfsSync(path));
  const space = { freeBytes: bsize * bavail, freeFiles: files > 0 ? ffree : undefined };
  return { ...nameOf(process.platform === 'linux' ? type : undefined), ...space };
}

/** @param type as Linux numbers them; elsewhere the numbers mean something else */
export function nameOf(type: number | undefined): Pick<FileSystemFacts, 'kind' | 'remote'> {
  // Some systems hand the number out as a signed one.
  const magic = type === undefined ? undefined : type >>> 0;
  const remote = magic === undefined ? undefined : REMOTE[magic];
  if (remote !== undefined) return { kind: remote, remote: true };
  return { kind: magic === TMPFS ? 'tmpfs' : undefined, remote: false };
}
