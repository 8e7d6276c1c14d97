import { readdirSync, readFileSync } from 'node:fs';
import { constants, release } from 'node:os';

/** What the system is and who we are on it, for what can be done on some systems and by some users only. */
export interface SystemFacts {
  readonly platform: string;
  /** Major and minor version of the kernel. */
  readonly kernel: readonly [number, number];
  /** `undefined` on Windows. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** How many processes and threads the user has now; 0 where nobody can tell. */
  tasks(): number;
}

export function systemFacts(): SystemFacts {
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat);
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return {
    platform: process.platform,
    kernel: [major, minor],
    user: uid === undefined || gid === undefined ? undefined : { uid, gid },
    tasks: () => (process.platform === 'linux' && uid !== undefined ? tasksOf(uid) : 0),
  };
}

function tasksOf(uid: number): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const status = statusOf(pid);
      const owner = /^Uid:\s+(\d+)/m.exec(status)?.[1];
      return Number(owner) === uid ? Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1) : 0;
    })
    .reduce((sum, threads) => sum + threads, 0);
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It is gone already.
    return '';
  }
}

/** `SIGKILL` for 9; `undefined` for a number that is none of a signal. */
export function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, known]) => known === number)?.[0];
}
