import { AttuneError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { makeDirectory, overwriteFile, readFile } from '../platform/files.ts';
import type { Reporter } from '../platform/reporter.ts';
import { ExclusiveLock } from './exclusive-lock.ts';
import type { Layout } from './layout.ts';

const RETRY_MS = 50;

export class WriterBusy extends AttuneError {
  constructor(holder: string, waitedMs: number) {
    super(
      'STORE_LOCKED',
      `Another attune is writing to the store (${holder}), and ${Math.round(waitedMs / 1000)} s were not enough to wait for it.`,
      {
        facts: { holder },
        hint: 'Wait until it is done, or give --lock-timeout more seconds.',
      },
    );
  }
}

export interface WriterLockTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
}

/**
 * Waits until nobody else writes to this store, then holds it until disposed.
 * @throws WriterBusy after `timeoutMs`
 */
export async function acquireWriterLock(
  layout: Layout,
  timeoutMs: number,
  tools: WriterLockTools,
): Promise<ExclusiveLock> {
  makeDirectory(layout.data);
  const started = tools.clock.elapsed();
  for (let announced = false; ; announced = true) {
    const lock = ExclusiveLock.tryAcquire(layout.writerLock);
    if (lock !== undefined) {
      leaveNote(layout, tools);
      return lock;
    }
    const waited = tools.clock.elapsed() - started;
    if (waited >= timeoutMs) throw new WriterBusy(readNote(layout), waited);
    if (!announced) tools.reporter.note(`Waiting for another attune to finish: ${readNote(layout)}`);
    await tools.clock.sleep(RETRY_MS);
  }
}

/**
 * The note is for people: the lock is the transaction, so a stale note misleads nobody but a reader of the file. It holds
 * the command's name and not its arguments, which may hold secrets.
 */
function leaveNote(layout: Layout, { clock, environment }: WriterLockTools): void {
  const note = {
    pid: environment.processId,
    host: environment.hostName,
    command: environment.arguments.slice(0, 2).join(' '),
    since: clock.now().toISOString(),
  };
  overwriteFile(layout.writerNote, `${JSON.stringify(note)}\n`);
}

function readNote(layout: Layout): string {
  try {
    const note = JSON.parse(readFile(layout.writerNote).toString('utf8')) as Record<string, unknown>;
    return `process ${note['pid']} on ${note['host']}: attune ${note['command']}`;
  } catch {
    return 'it did not say who it is';
  }
}
