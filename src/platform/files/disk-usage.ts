import { join } from 'node:path';
import { FileFault } from './file-error.ts';
import { type FileStatus, inspect, listDirectory } from './read.ts';

/** What lies below a path, links not followed. */
export interface Measure {
  readonly files: number;
  readonly bytes: number;
  /** When the file was changed that has been as it is for the longest time; `null` where there is none. */
  readonly oldest: Date | null;
  readonly newest: Date | null;
}

export interface MeasuredFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export function measureOf(files: readonly Omit<MeasuredFile, 'path'>[]): Measure {
  const times = files.map(({ modifiedAt }) => modifiedAt.getTime()).sort((one, other) => one - other);
  const at = (time: number | undefined) => (time === undefined ? null : new Date(time));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { files: files.length, bytes, oldest: at(times[0]), newest: at(times.at(-1)) };
}

/**
 * The files at and below a path; none where nothing is. What goes while it is looked at is left out.
 * @throws FileFault where something cannot be looked at
 */
export function filesBelow(path: string): MeasuredFile[] {
  const status = unlessGone(() => inspect(path));
  if (status === undefined) return [];
  if (status.kind !== 'directory') return [measured(path, status)];
  const entries = unlessGone(() => listDirectory(path)) ?? [];
  return entries.flatMap(({ name }) => filesBelow(join(path, name)));
}

function measured(path: string, { size, modifiedAt }: FileStatus): MeasuredFile {
  return { path, bytes: size, modifiedAt };
}

function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof FileFault && error.family === 'NOT_FOUND') return undefined;
    throw error;
  }
}
