import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** The file system that contains a path. */
export interface FileSystemInfo {
  /** The name of the type if it matters (`NFS`); otherwise `undefined`. */
  readonly kind: string | undefined;
  /** The file system is served by another machine or program, which implements its locks. */
  readonly remote: boolean;
  /** Bytes available to this user. */
  readonly freeBytes: number;
  /** Free inodes; `undefined` if the file system does not count them. */
  readonly freeFiles: number | undefined;
}

/** Magic numbers of statfs(2) (linux/magic.h and each file system's source) of types with remote or user-space locks. */
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

/** Returns the file system that contains an existing path. @throws FileError */
export function fileSystemInfo(path: string): FileSystemInfo {
  const { type, bsize, bavail, files, ffree } = attempt('query the file system of', path, () => fs.statfsSync(path));
  const space = { freeBytes: bsize * bavail, freeFiles: files > 0 ? ffree : undefined };
  return { ...describeFileSystemType(process.platform === 'linux' ? type : undefined), ...space };
}

/** @param type the magic number on Linux; `undefined` elsewhere, where the numbers have other meanings */
export function describeFileSystemType(type: number | undefined): Pick<FileSystemInfo, 'kind' | 'remote'> {
  // Some systems return the number as a signed integer.
  const magic = type === undefined ? undefined : type >>> 0;
  const remote = magic === undefined ? undefined : REMOTE[magic];
  if (remote !== undefined) return { kind: remote, remote: true };
  return { kind: magic === TMPFS ? 'tmpfs' : undefined, remote: false };
}
