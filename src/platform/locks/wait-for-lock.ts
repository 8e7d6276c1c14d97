import { AttuneError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import { removeFile } from '../files/entries.ts';
import { readFile } from '../files/read.ts';
import { overwriteFile } from '../files/write.ts';
import type { Reporter } from '../reporter.ts';
import { ExclusiveLock } from './file-lock.ts';

const RETRY_MS = 50;

/** A resource and its lock file. The directories of both files must exist. */
export interface LockTarget {
  /** The resource, for messages after "is writing to": `the store`. */
  readonly what: string;
  readonly lockFile: string;
  /** Names the holder of the lock, for messages. */
  readonly noteFile: string;
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

/**
 * Waits for the exclusive lock and reports the holder once. The lock is held until it is disposed.
 * @throws WriterBusy after `timeoutMs`
 */
export async function waitForLock(target: LockTarget, timeoutMs: number, tools: LockTools): Promise<ExclusiveLock> {
  const started = tools.clock.elapsed();
  for (let announced = false; ; announced = true) {
    const lock = ExclusiveLock.tryAcquire(target.lockFile);
    if (lock !== undefined) {
      writeHolderNote(target, tools);
      return lock;
    }
    const waited = tools.clock.elapsed() - started;
    if (waited >= timeoutMs) throw new WriterBusy(target.what, describeHolder(target), waited);
    if (!announced) tools.reporter.note(`Waiting for another attune to finish: ${describeHolder(target)}`);
    await tools.clock.sleep(RETRY_MS);
  }
}

/**
 * Writes the note about the holder. Errors are ignored, because the note is only informational: a full disk must not
 * prevent an uninstallation. The note contains the command without its arguments, which may contain secrets.
 */
function writeHolderNote({ noteFile }: LockTarget, { clock, environment }: LockTools): void {
  const note = {
    pid: environment.processId,
    host: environment.hostName,
    command: environment.arguments.slice(0, 2).join(' '),
    since: clock.now().toISOString(),
  };
  try {
    overwriteFile(noteFile, `${JSON.stringify(note)}\n`);
  } catch {
    removeNote(noteFile);
  }
}

/** Removes the note of a previous holder, which would be misleading. */
function removeNote(noteFile: string): void {
  try {
    removeFile(noteFile);
  } catch {
    // The outdated note remains; the lock itself does not depend on it.
  }
}

function describeHolder({ noteFile }: LockTarget): string {
  try {
    const note = JSON.parse(readFile(noteFile).toString('utf8')) as Record<string, unknown>;
    return `process ${note['pid']} on ${note['host']}: attune ${note['command']}`;
  } catch {
    return 'unknown process';
  }
}
