/**
 * A process that inspects the store next to a running writer may see one of its intermediate states: a committed row whose
 * link is not replaced yet, or a tree that is removed after its row. Before it reports a problem, it therefore looks again.
 */
import { AttuneError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { exists } from '../platform/files/inspect.ts';
import { FileLock } from '../platform/locks/file-lock.ts';
import type { Layout } from './layout.ts';

/** Longer than a writer usually takes from its commit to its last step. */
const PAUSE_MS = 300;

/**
 * Repeats an inspection: under a shared lock that keeps writers out, if no process is writing at that moment, else after a
 * pause. Writes nothing, creates no lock file, and requires only read permission. A writer waits for the end of the
 * inspection, even with a timeout of 0, so it must be short.
 * @param look receives whether another process is still writing
 */
export async function lookAgain<T>(
  { writerLock }: Pick<Layout, 'writerLock'>,
  clock: Pick<Clock, 'sleep'>,
  look: (writing: boolean) => T | Promise<T>,
): Promise<T> {
  let lock = tryShare(writerLock);
  if (!(lock instanceof FileLock)) {
    await clock.sleep(PAUSE_MS);
    lock = tryShare(writerLock);
  }
  try {
    return await look(lock === 'held');
  } finally {
    if (lock instanceof FileLock) lock[Symbol.dispose]();
  }
}

/** Returns whether another process is writing to the store. False if this user cannot read the lock file. */
export function isWriting({ writerLock }: Pick<Layout, 'writerLock'>): boolean {
  return probeLock(writerLock) === 'held';
}

/** Returns whether a process holds a lock exclusively, also if this user cannot find out. */
export function mayBeHeld(lockFile: string): boolean {
  return ['held', 'unreadable'].includes(probeLock(lockFile));
}

export type LockState = 'free' | 'held' | 'missing' | 'unreadable';

/** Returns the state of a lock at this moment. Writes nothing. */
export function probeLock(lockFile: string): LockState {
  const lock = tryShare(lockFile);
  if (!(lock instanceof FileLock)) return lock;
  lock[Symbol.dispose]();
  return 'free';
}

function tryShare(lockFile: string): FileLock | Exclude<LockState, 'free'> {
  try {
    return FileLock.tryAcquire(lockFile, 'shared', { create: false }) ?? (exists(lockFile) ? 'held' : 'missing');
  } catch (error) {
    if (error instanceof AttuneError) return 'unreadable';
    throw error;
  }
}
