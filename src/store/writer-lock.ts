import type { ExclusiveLock } from '../platform/locks/exclusive-lock.ts';
import { awaitLock, type LockTools } from '../platform/locks/wait-for-lock.ts';
import { type Layout, makePlace } from './layout.ts';

/**
 * Waits until nobody else writes to this store, then holds it until disposed.
 * @throws WriterBusy after `timeoutMs`
 */
export function acquireWriterLock(layout: Layout, timeoutMs: number, tools: LockTools): Promise<ExclusiveLock> {
  makePlace(layout.data);
  const place = { what: 'the store', lockFile: layout.writerLock, noteFile: layout.writerNote };
  return awaitLock(place, timeoutMs, tools);
}
