import { join } from 'node:path';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { publishPrivateFile } from '../../platform/files/private-files.ts';
import { rename } from '../../platform/files/entries.ts';
import { exists, inspectTarget } from '../../platform/files/inspect.ts';
import type { Layout } from '../layout.ts';

/** What SQLite keeps beside a database. A log belongs to the database that it was written for, and would spoil another. */
export const AUXILIARY_SUFFIXES = ['-wal', '-shm', '-journal'] as const;

/**
 * Puts a database in the place of one that cannot be used, which is kept with whatever lies beside it. It goes away first:
 * a process that is killed in between leaves no database at all, which the next command refuses and does not take for a
 * new store. The caller holds the writer lock, and the new file is closed.
 * @param name of what is kept, in the data directory
 * @returns where the old one is now; `null` where there was none
 * @throws FileError
 */
export function replaceUnusableDatabase(layout: Layout, file: string, name: string): string | null {
  const aside = join(layout.data, name);
  const had = inspectTarget(layout.database) !== undefined;
  if (had) rename(layout.database, aside);
  for (const suffix of AUXILIARY_SUFFIXES) {
    if (exists(layout.database + suffix)) rename(layout.database + suffix, aside + suffix);
  }
  fsyncDirectory(layout.data);
  publishPrivateFile(file, layout.database);
  return had ? aside : null;
}
