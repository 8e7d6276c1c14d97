import { readdirSync, readFileSync } from 'node:fs';

/** A program that starts others faster than they can be found would keep us for ever. */
const MOST_ROUNDS = 100;

/**
 * Ends every process that has a certain entry in its environment, wherever it went: also one that left its process group
 * or session, or whose parents are gone. All are stopped before the first is ended, for what is stopped starts no other.
 * Works on Linux, on processes of the same user; elsewhere nobody tells what environment a process has.
 * @param entry `NAME=value`, which nothing else has
 */
export function endMarked(entry: string): void {
  if (process.platform !== 'linux') return;
  const found = new Set<number>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fresh = markedProcesses(entry).filter((pid) => !found.has(pid));
    if (fresh.length === 0) break;
    for (const pid of fresh) {
      send(pid, 'SIGSTOP');
      found.add(pid);
    }
  }
  for (const pid of found) send(pid, 'SIGKILL');
}

function markedProcesses(entry: string): number[] {
  const wanted = Buffer.from(`\0${entry}\0`);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && environmentOf(pid).includes(wanted));
}

function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([NUL, readFileSync(`/proc/${pid}/environ`), NUL]);
  } catch {
    // It is gone, or somebody else's.
    return NUL;
  }
}

const NUL = Buffer.from([0]);

function send(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone: that is what we wanted.
  }
}
