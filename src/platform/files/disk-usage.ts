import { join } from 'node:path';
import { FileError } from './file-error.ts';
import { type FileStatus, inspect, listDirectory } from './inspect.ts';

/** The disk usage of a set of files. Links are not followed. */
export interface DiskUsage {
  readonly files: number;
  readonly bytes: number;
  /** Modification time of the file that was modified first; `null` without files. */
  readonly oldest: Date | null;
  readonly newest: Date | null;
}

export interface FileUsage {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export function diskUsageOf(files: readonly Omit<FileUsage, 'path'>[]): DiskUsage {
  const times = files.map(({ modifiedAt }) => modifiedAt.getTime()).sort((one, other) => one - other);
  const toDate = (time: number | undefined) => (time === undefined ? null : new Date(time));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { files: files.length, bytes, oldest: toDate(times[0]), newest: toDate(times.at(-1)) };
}

/**
 * Lists the files at and below a path; returns an empty list for a missing path. Files that are removed during the
 * traversal are left out.
 * @throws FileError if an entry cannot be inspected
 */
export function listFilesBelow(path: string): FileUsage[] {
  const status = unlessMissing(() => inspect(path));
  if (status === undefined) return [];
  if (status.kind !== 'directory') return [toFileUsage(path, status)];
  const entries = unlessMissing(() => listDirectory(path)) ?? [];
  return entries.flatMap(({ name }) => listFilesBelow(join(path, name)));
}

function toFileUsage(path: string, { size, modifiedAt }: FileStatus): FileUsage {
  return { path, bytes: size, modifiedAt };
}

function unlessMissing<T>(inspectPath: () => T): T | undefined {
  try {
    return inspectPath();
  } catch (error) {
    if (error instanceof FileError && error.family === 'NOT_FOUND') return undefined;
    throw error;
  }
}
