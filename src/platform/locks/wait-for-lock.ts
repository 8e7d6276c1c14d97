import { AttuneError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import { readFile, removeFile } from '../files/read.ts';
import { overwriteFile } from '../files/write.ts';
import type { Reporter } from '../reporter.ts';
import { ExclusiveLock } from './exclusive-lock.ts';

const RETRY_MS = 50;

/** What is locked and where. The directories have to be there. */
export interface LockPlace {
  /** For messages, after "is writing to": `the store`. */
  readonly what: string;
  readonly lockFile: string;
  /** Says who holds the lock, for people. */
  readonly noteFile: string;
}

export interface LockTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
}

export class WriterBusy extends AttuneError {
  constructor(what: string, holder: string, waitedMs: number) {
    super(
      'STORE_LOCKED',
      `Another attune is writing to ${what} (${holder}), and ${Math.round(waitedMs / 1000)} s were not enough to wait for it.`,
      {
        facts: { holder },
        hint: 'Wait until it is done, or give --lock-timeout more seconds.',
      },
    );
  }
}

/**
 * Waits until nobody else holds the lock, saying once for whom, then holds it until disposed.
 * @throws WriterBusy after `timeoutMs`
 */
export async function awaitLock(place: LockPlace, timeoutMs: number, tools: LockTools): Promise<ExclusiveLock> {
  const started = tools.clock.elapsed();
  for (let announced = false; ; announced = true) {
    const lock = ExclusiveLock.tryAcquire(place.lockFile);
    if (lock !== undefined) {
      leaveNote(place, tools);
      return lock;
    }
    const waited = tools.clock.elapsed() - started;
    if (waited >= timeoutMs) throw new WriterBusy(place.what, readNote(place), waited);
    if (!announced) tools.reporter.note(`Waiting for another attune to finish: ${readNote(place)}`);
    await tools.clock.sleep(RETRY_MS);
  }
}

/**
 * The note is for people: the lock is the transaction, so nothing hangs on the note, and a full disk keeps nobody from
 * uninstalling for want of one. It holds the command's name and not its arguments, which may hold secrets.
 */
function leaveNote({ noteFile }: LockPlace, { clock, environment }: LockTools): void {
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

/** One that names somebody else would be worse than none. */
function removeNote(noteFile: string): void {
  try {
    removeFile(noteFile);
  } catch {
    // Then it is what it is.
  }
}

function readNote({ noteFile }: LockPlace): string {
  try {
    const note = JSON.parse(readFile(noteFile).toString('utf8')) as Record<string, unknown>;
    return `process ${note['pid']} on ${note['host']}: attune ${note['command']}`;
  } catch {
    return 'it did not say who it is';
  }
}
