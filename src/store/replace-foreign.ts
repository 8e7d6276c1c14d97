/**
 * Replaces files of another user that this one cannot write to, in a data directory in which it may: the writer lock and the
 * database, as they remain after a command that root ran. The content stays the same.
 */
import { rename } from '../platform/files/entries.ts';
import { fsyncDirectory } from '../platform/files/fsync.ts';
import { isWritable } from '../platform/files/permissions.ts';
import { copyPrivateFile } from '../platform/files/private-files.ts';
import { FileLock } from '../platform/locks/file-lock.ts';
import { WriterBusy } from '../platform/locks/wait-for-lock.ts';
import { publishDatabase } from './database/replace-database.ts';
import type { Layout } from './layout.ts';
import { StagingArea } from './staging.ts';

/**
 * Replaces the file of the writer lock. A process that waits for the old file finds that the path leads to another one, and
 * one that holds it prevents the replacement. Only the holder of the lock on the new file replaces the old one, so that two
 * processes cannot do this at the same time.
 * @throws WriterBusy, FileError, DatabaseError; the file is then unchanged
 */
export function replaceWriterLock({ data, writerLock }: Layout): void {
  const successor = `${writerLock}.new`;
  const lock = FileLock.tryAcquire(successor, 'exclusive');
  if (lock === undefined) throw busy();
  let replaced = false;
  try {
    using held = FileLock.tryAcquire(writerLock, 'shared', { create: false });
    if (held === undefined) throw busy();
    if (!isWritable(writerLock)) {
      rename(successor, writerLock);
      replaced = true;
      fsyncDirectory(data);
    }
  } finally {
    if (replaced) lock[Symbol.dispose]();
    else lock.releaseAndRemove();
  }
}

function busy(): WriterBusy {
  return new WriterBusy('the store', 'a process of another user', 0);
}

/** Replaces the database by a copy. The caller holds the writer lock. @throws FileError; the file is then unchanged */
export function replaceDatabaseFile(layout: Layout): void {
  using area = new StagingArea(layout);
  const copy = area.newPath();
  copyPrivateFile(layout.database, copy);
  publishDatabase(layout, copy);
}
