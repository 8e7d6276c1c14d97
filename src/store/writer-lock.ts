import type { ExclusiveLock } from '../platform/locks/file-lock.ts';
import { waitForLock, type LockTools } from '../platform/locks/wait-for-lock.ts';
import { type Layout, makeStoreDirectory } from './layout.ts';

/**
 * Waits until nobody else writes to this store, then holds it until disposed.
 * @throws WriterBusy after `timeoutMs`
 */
export function acquireWriterLock(layout: Layout, timeoutMs: number, tools: LockTools): Promise<ExclusiveLock> {
  makeStoreDirectory(layout.data);
  const place = { what: 'the store', lockFile: layout.writerLock, noteFile: layout.writerNote };
  return waitForLock(place, timeoutMs, tools);
}
