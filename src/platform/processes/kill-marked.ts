import { readdirSync, readFileSync } from 'node:fs';

/** Limits the search for a program that starts processes faster than they can be found. */
const MAX_ROUNDS = 100;

/**
 * Kills all processes that have an entry in their environment, also those that left their process group or session or whose
 * parents have ended. All of them are stopped before the first is killed, because a stopped process starts no others. Works
 * on Linux, for processes of the same user; other systems do not expose the environment of a process.
 * @param entry a unique `NAME=value`
 */
export function killMarkedProcesses(entry: string): void {
  if (process.platform !== 'linux') return;
  const found = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
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

/** Returns the environment of a process between NUL bytes. */
function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([NUL, readFileSync(`/proc/${pid}/environ`), NUL]);
  } catch {
    // The process has ended or belongs to another user.
    return NUL;
  }
}

const NUL = Buffer.from([0]);

function send(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended.
  }
}
