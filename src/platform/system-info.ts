import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, constants, release, userInfo } from 'node:os';

/** The operating system and the current user, for features that depend on them. */
export interface SystemInfo {
  readonly platform: string;
  /** Major and minor version of the kernel. */
  readonly kernel: readonly [number, number];
  /** `undefined` on Windows. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Returns the number of processes and threads of the user; 0 where the system does not report it. */
  tasks(): number;
}

export function systemInfo(): SystemInfo {
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
      const status = processStatus(pid);
      const owner = /^Uid:\s+(\d+)/m.exec(status)?.[1];
      return Number(owner) === uid ? Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1) : 0;
    })
    .reduce((sum, threads) => sum + threads, 0);
}

function processStatus(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}

/** Returns the home of the user in the user database, which `HOME` may not name; `undefined` for an unknown user. */
export function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Returns the name of a signal (`SIGKILL` for 9); `undefined` for an unknown number. */
export function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, known]) => known === number)?.[0];
}

/** Returns the number of CPUs that this process may use. */
export function availableProcessors(): number {
  return availableParallelism();
}

/** Returns the version of the running Node and its target: `24.21.0`, `linux-x64`. */
export function nodeInfo(): { readonly version: string; readonly system: string } {
  return { version: process.versions.node, system: `${process.platform}-${process.arch}` };
}
