/**
 * Notes that name the holder of a lock, for the messages of processes that wait for it. The lock does not depend on them:
 * a note is written after the lock is acquired and removed before it is released, and one of a dead process is ignored.
 */
import * as fs from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import { readFile } from '../files/read.ts';
import { isProcessRunning } from '../processes/is-process-running.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The command without its arguments, which may contain secrets. */
  readonly command: string;
  /** `cleanup` for a reader that removes what a crash left. */
  readonly purpose: 'write' | 'cleanup';
}

/**
 * Writes a note. Errors are ignored, because the note is only informational: a full disk must not prevent an
 * uninstallation. A note of another user is replaced.
 */
export function writeHolderNote(
  noteFile: string,
  purpose: Holder['purpose'],
  { clock, environment }: { readonly clock: Clock; readonly environment: Environment },
): void {
  const note = {
    pid: environment.processId,
    host: environment.hostName,
    command: environment.arguments.slice(0, 2).join(' '),
    purpose,
    since: clock.now().toISOString(),
  };
  try {
    fs.rmSync(noteFile, { force: true });
    fs.writeFileSync(noteFile, `${JSON.stringify(note)}\n`, { flag: 'wx' });
  } catch {
    removeHolderNote(noteFile);
  }
}

/** Removes a note. Errors are ignored: a note of a process that has ended is not used. */
export function removeHolderNote(noteFile: string): void {
  try {
    fs.rmSync(noteFile, { force: true });
  } catch {
    // A waiting process finds that the process of the note has ended.
  }
}

/** Returns the holder; `undefined` without a note, or if its process has ended. */
export function readHolder(noteFile: string, { hostName }: Pick<Environment, 'hostName'>): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFile(noteFile).toString('utf8'));
    if (!isHolder(holder)) return undefined;
    return holder.host === hostName && !isProcessRunning(holder.pid) ? undefined : holder;
  } catch {
    return undefined;
  }
}

function isHolder(note: unknown): note is Holder {
  const { pid, host, command, purpose } = Object(note) as Partial<Record<keyof Holder, unknown>>;
  return (
    typeof pid === 'number' &&
    typeof host === 'string' &&
    typeof command === 'string' &&
    (purpose === 'write' || purpose === 'cleanup')
  );
}
