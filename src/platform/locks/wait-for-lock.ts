import { AttuneError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Reporter } from '../reporter.ts';
import { FileLock } from './file-lock.ts';
import { type Holder, readHolder, removeHolderNote, writeHolderNote } from './holder-note.ts';

const RETRY_MS = 50;
/** Time in which a new holder writes its note, and a reader finishes its cleanup after a crash. */
const GRACE_MS = 1000;

/** A resource and its lock file. The directories of both files must exist. */
export interface LockTarget {
  /** The resource, for messages after "is writing to": `the store`. */
  readonly what: string;
  readonly lockFile: string;
  /** Names the holder of the lock, for messages. */
  readonly noteFile: string;
  /** The lock file is removed with the lock, because it is next to files of the user. */
  readonly transient?: boolean;
}

export interface LockTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
}

/** Another process held the lock for longer than the timeout. */
export class WriterBusy extends AttuneError {
  constructor(what: string, holder: string, waitedMs: number) {
    super(
      'STORE_LOCKED',
      `Another attune is writing to ${what} (${holder}) and did not finish within ${Math.round(waitedMs / 1000)} s.`,
      {
        facts: { holder },
        hint: 'Wait until it has finished, or give --lock-timeout more seconds.',
      },
    );
  }
}

/** A lock with a note that names its holder. Disposal removes the note before it releases the lock. */
export class HeldLock implements Disposable {
  readonly #lock: FileLock;
  readonly #target: LockTarget;

  constructor(
    lock: FileLock,
    target: LockTarget,
    tools: Pick<LockTools, 'clock' | 'environment'>,
    purpose: Holder['purpose'],
  ) {
    this.#lock = lock;
    this.#target = target;
    writeHolderNote(target.noteFile, purpose, tools);
  }

  [Symbol.dispose](): void {
    removeHolderNote(this.#target.noteFile);
    if (this.#target.transient) this.#lock.releaseAndRemove();
    else this.#lock[Symbol.dispose]();
  }
}

/**
 * Waits for the exclusive lock and reports the holder once. The lock is held until it is disposed.
 * @param timeoutMs with 0, only a reader's cleanup after a crash and a holder without a note are waited for, at most a second
 * @throws WriterBusy after `timeoutMs`
 */
export async function waitForLock(target: LockTarget, timeoutMs: number, tools: LockTools): Promise<HeldLock> {
  const started = tools.clock.elapsed();
  for (let announced = false; ; ) {
    const lock = FileLock.tryAcquire(target.lockFile, 'exclusive', { anyUser: target.transient ?? false });
    if (lock !== undefined) return new HeldLock(lock, target, tools, 'write');
    const waited = tools.clock.elapsed() - started;
    const holder = readHolder(target.noteFile, tools.environment);
    const inGrace = waited < GRACE_MS && (holder === undefined || holder.purpose === 'cleanup');
    if (waited >= timeoutMs && !inGrace) throw new WriterBusy(target.what, describe(holder), waited);
    if (!announced && !inGrace) {
      tools.reporter.note(`Waiting for another attune to finish: ${describe(holder)}`);
      announced = true;
    }
    await tools.clock.sleep(RETRY_MS);
  }
}

/**
 * Acquires the lock for a cleanup after a crash, if it is free and its file exists.
 * @throws FileError, DatabaseError
 */
export function tryLockForCleanup(
  target: LockTarget,
  tools: Pick<LockTools, 'clock' | 'environment'>,
): HeldLock | undefined {
  const lock = FileLock.tryAcquire(target.lockFile, 'exclusive', { create: false });
  return lock && new HeldLock(lock, target, tools, 'cleanup');
}

function describe(holder: Holder | undefined): string {
  return holder === undefined
    ? 'a process that has not identified itself'
    : `process ${holder.pid} on ${holder.host}: attune ${holder.command}`;
}
