/**
 * The names of files that are written beside another and then renamed onto it. They say who writes: what a process that
 * was killed left behind is told from what a living one is at, and goes with the next command that has to do with it.
 */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { listDirectory, removeFile } from './read.ts';

/** Longer than any write takes: a process of another machine that has not finished by then was killed. */
const ABANDONED_MS = 3_600_000;
const HOST =
  hostname()
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 24) || 'host';

const MARK = /^([0-9A-Za-z]+)-(\d+)-[0-9a-z]+$/;

/** Says which process of which machine something belongs to; another at each call, but for the same millisecond. */
export function ownerMark(): string {
  return `${HOST}-${process.pid}-${Date.now().toString(36)}`;
}

/** Whether the owner is known to be no more; `undefined` where it lives on another machine, or did not leave a mark. */
export function isOwnerGone(mark: string): boolean | undefined {
  const [, host, pid] = MARK.exec(mark) ?? [];
  return host === HOST ? !isRunning(Number(pid)) : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A name for what is to become the file at `path`. */
export function temporaryBeside(path: string): string {
  return `${path}.${ownerMark()}.tmp`;
}

/** Whether the owner of what stands at a path is no more. One of another machine has an hour. */
export function isAbandoned(path: string, mark: string): boolean {
  return isOwnerGone(mark) ?? isOlder(path, ABANDONED_MS);
}

/** A clock that was put back makes what is left of yesterday young, and what is left of tomorrow old. */
export function isOlder(path: string, milliseconds: number): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > milliseconds;
}

/** Removes what killed processes left beside a file. Nobody is kept from anything where that cannot be done. */
export function removeAbandonedBeside(path: string): void {
  const start = `${basename(path)}.`;
  try {
    for (const { name, kind } of listDirectory(dirname(path))) {
      const beside = join(dirname(path), name);
      if (kind === 'directory' || !name.startsWith(start)) continue;
      const mark = kind === 'link' ? fs.readlinkSync(beside) : name.slice(start.length).replace(/\.tmp$/, '');
      if (name.endsWith('.tmp') && MARK.test(mark) && isAbandoned(beside, mark)) removeFile(beside);
    }
  } catch {
    // Whoever may not look or remove here will not write here either, and is told then.
  }
}
