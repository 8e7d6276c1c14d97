/** Reads metadata of files and directories. Everything is synchronous, which measured faster for trees of small files. */
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { attempt, FileError } from './file-error.ts';
import { isNullDevice } from './input/open-file.ts';

export type EntryKind = 'file' | 'directory' | 'link' | 'special';

export interface FileStatus {
  readonly kind: EntryKind;
  readonly size: number;
  /** True if the owner may execute the file. Always false on Windows, which has no such mode. */
  readonly executable: boolean;
  readonly modifiedAt: Date;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

function kindOf(entry: fs.Stats | fs.Dirent): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

function statusOf(stats: fs.Stats): FileStatus {
  return {
    kind: kindOf(stats),
    size: stats.size,
    executable: process.platform !== 'win32' && (stats.mode & 0o100) !== 0,
    get modifiedAt() {
      return stats.mtime;
    },
  };
}

/** Returns the status of a path without following a link, or `undefined` if the path does not exist. @throws FileError */
export function inspect(path: string): FileStatus | undefined {
  const stats = attempt('inspect', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  return stats && statusOf(stats);
}

/**
 * Returns the status of a path after following all links, or `undefined` if the target does not exist. `/dev/null` is an
 * empty file.
 * @throws FileError
 */
export function inspectTarget(path: string): FileStatus | undefined {
  const stats = attempt('inspect', path, () => fs.statSync(path, { throwIfNoEntry: false }));
  return stats && (isNullDevice(stats) ? { ...statusOf(stats), kind: 'file' } : statusOf(stats));
}

export function exists(path: string): boolean {
  return fs.existsSync(path);
}

/** Returns the path with all links resolved. @throws FileError if the path does not exist */
export function realPath(path: string): string {
  return attempt('resolve', path, () => fs.realpathSync.native(path));
}

/** Error codes of readlink(2) for a path that does not exist or is not a link. Windows reports UNKNOWN. */
const NO_LINK: readonly string[] = ['EINVAL', 'ENOENT', 'ENOTDIR', 'UNKNOWN'];

/**
 * Returns the target of a link as it is stored in the link, or `undefined` if the path is not a link. Uses a single system
 * call, because another process may remove the link between two calls.
 * @throws FileError
 */
export function linkTarget(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NO_LINK.includes(code)) return undefined;
    throw new FileError('read the link', path, error as NodeJS.ErrnoException);
  }
}

/**
 * Lists a directory in no particular order. A name that is not valid UTF-8 contains U+FFFD.
 * @throws FileError
 */
export function listDirectory(path: string): DirectoryEntry[] {
  const entries = attempt('list', path, () => fs.readdirSync(path, { withFileTypes: true }));
  return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
}

/** Lists a directory that another process may remove. Returns an empty list for a missing one. @throws FileError */
export function listIfPresent(path: string): DirectoryEntry[] {
  try {
    return listDirectory(path);
  } catch (error) {
    if (error instanceof FileError && error.family === 'NOT_FOUND') return [];
    throw error;
  }
}

/** Returns the path that a write to `path` would change: follows all links, also a link to a missing file. @throws FileError */
export function finalPath(path: string): string {
  if (inspectTarget(path) !== undefined) return realPath(path);
  const target = linkTarget(path);
  return target === undefined
    ? join(realPath(dirname(path)), basename(path))
    : finalPath(resolve(dirname(path), target));
}

/** Returns whether a directory or one of its parents has an entry with a name. */
export function existsAbove(directory: string, name: string): boolean {
  return directoryWith(directory, name) !== undefined;
}

/** Returns the nearest directory, from a directory upward, that has an entry with a name. */
export function directoryWith(directory: string, name: string): string | undefined {
  if (exists(join(directory, name))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : directoryWith(parent, name);
}
