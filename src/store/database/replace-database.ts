import { join } from 'node:path';
import { rename } from '../../platform/files/entries.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { exists, inspectTarget } from '../../platform/files/inspect.ts';
import { giveTree } from '../../platform/files/ownership.ts';
import { permissionsOf } from '../../platform/files/permissions.ts';
import { publishPrivateFile } from '../../platform/files/private-files.ts';
import type { Layout } from '../layout.ts';

/** Suffixes of SQLite's auxiliary files. A log belongs to one database and would damage another. */
export const AUXILIARY_SUFFIXES = ['-wal', '-shm', '-journal'] as const;

/**
 * Replaces an unusable database, which is moved aside with its auxiliary files. The old one is moved first: a process that is
 * killed in between leaves no database, which the next command rejects instead of creating a new store. The caller holds
 * the writer lock, and the new file is closed.
 * @param name the new name of the old database, in the data directory
 * @returns the path of the old database; `null` if there was none
 * @throws FileError
 */
export function replaceUnusableDatabase(layout: Layout, file: string, name: string): string | null {
  const aside = join(layout.data, name);
  const existed = inspectTarget(layout.database) !== undefined;
  if (existed) rename(layout.database, aside);
  for (const suffix of AUXILIARY_SUFFIXES) {
    if (exists(layout.database + suffix)) rename(layout.database + suffix, aside + suffix);
  }
  fsyncDirectory(layout.data);
  publishDatabase(layout, file);
  return existed ? aside : null;
}

/** Moves a closed database to the path of the store's database, with the owner and mode of a new one. @throws FileError */
export function publishDatabase(layout: Layout, file: string): void {
  giveTree(layout.data, file);
  publishPrivateFile(file, layout.database, modeOfLock(layout));
}

/** Returns the mode of the writer lock, which followed the umask like that of the database when the store was created. */
function modeOfLock({ writerLock }: Layout): number | undefined {
  const mode = permissionsOf(writerLock)?.mode;
  return mode === undefined ? undefined : mode & 0o666;
}
