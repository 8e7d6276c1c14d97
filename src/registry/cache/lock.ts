import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { makeDurableDirectory } from '../../platform/files/make-durable-directory.ts';
import { FileLock } from '../../platform/locks/file-lock.ts';
import { CacheNotWritable } from './errors.ts';

const RETRY_MS = 25;

/**
 * Locks the cache database for changes, and creates the cache directory. Readers need no lock.
 * @returns `undefined` while another process holds the lock
 * @throws CacheNotWritable
 */
export function tryLockCache(path: string): FileLock | undefined {
  const locks = join(dirname(path), 'locks');
  try {
    makeDurableDirectory(dirname(path), 0o700);
    makeDurableDirectory(locks);
    // Several users may share the cache.
    return FileLock.tryAcquire(join(locks, 'indexes.lock'), 'exclusive', { anyUser: true });
  } catch (error) {
    throw error instanceof AttuneError ? new CacheNotWritable(error) : error;
  }
}

/** Waits for the lock without blocking the process. @throws CacheNotWritable, also after `timeoutMs` */
export async function lockCache(path: string, timeoutMs: number): Promise<FileLock> {
  const start = systemClock.elapsed();
  for (;;) {
    const lock = tryLockCache(path);
    if (lock !== undefined) return lock;
    if (systemClock.elapsed() - start >= timeoutMs) {
      throw new CacheNotWritable(new Error('another attune process is writing to it'));
    }
    await systemClock.sleep(RETRY_MS);
  }
}
