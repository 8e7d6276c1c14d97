/**
 * Temporary files next to a file, which are written and then renamed to it. Their names contain the owner, so that a file
 * of a killed process can be distinguished from one in use and removed by the next command.
 */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isProcessRunning } from '../processes/is-process-running.ts';
import { removeFile } from './entries.ts';
import { listDirectory } from './inspect.ts';

/** Longer than any write takes. A process on another machine that has not finished by then is considered dead. */
const STALE_MS = 3_600_000;
const HOST =
  hostname()
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 24) || 'host';

const OWNER_TAG = /^([0-9A-Za-z]+)-(\d+)-[0-9a-z]+$/;

/** Returns a tag with the machine, process ID and time. Two calls within a millisecond return the same tag. */
export function ownerTag(): string {
  return `${HOST}-${process.pid}-${Date.now().toString(36)}`;
}

/** Returns whether the owner has ended; `undefined` if it is on another machine or the tag is malformed. */
export function isOwnerDead(tag: string): boolean | undefined {
  const [, host, pid] = OWNER_TAG.exec(tag) ?? [];
  return host === HOST ? !isProcessRunning(Number(pid)) : undefined;
}

/** Returns a path next to `path` for its new content. */
export function temporarySibling(path: string): string {
  return `${path}.${ownerTag()}.tmp`;
}

/** Returns whether the owner of a file has ended. A file of another machine is stale after an hour. */
export function isStale(path: string, tag: string): boolean {
  return isOwnerDead(tag) ?? isOlderThan(path, STALE_MS);
}

/** Compares the distance of the modification time from now, in either direction, because clocks are set back. */
export function isOlderThan(path: string, milliseconds: number): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > milliseconds;
}

/** Removes temporary files of killed processes next to a file. Errors are ignored. */
export function removeStaleSiblings(path: string): void {
  const prefix = `${basename(path)}.`;
  try {
    for (const { name, kind } of listDirectory(dirname(path))) {
      const sibling = join(dirname(path), name);
      if (kind === 'directory' || !name.startsWith(prefix)) continue;
      const tag = kind === 'link' ? fs.readlinkSync(sibling) : name.slice(prefix.length).replace(/\.tmp$/, '');
      if (name.endsWith('.tmp') && OWNER_TAG.test(tag) && isStale(sibling, tag)) removeFile(sibling);
    }
  } catch {
    // A process without permission to list or remove here cannot write here either, and reports that error later.
  }
}
