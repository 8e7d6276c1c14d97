import type { TestConfinement } from '../../packs/test-report.ts';

/** What a suite may use. */
export interface ResourceLimits {
  /** Writable memory of each process, in bytes. */
  readonly memoryBytes: number;
  /** Processor time of each process. */
  readonly cpuSeconds: number;
  /** Processes and threads at the same time. */
  readonly processes: number;
}

type HeldLimits = Pick<TestConfinement, 'memory_bytes' | 'cpu_seconds' | 'processes'>;

/** What a program within a wall found around it. Numbers are what the system says, `undefined` for "unlimited". */
export interface Findings {
  readonly memoryKib: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly processes: number | undefined;
  /** How large the number of a process may become, which limits how many there are. */
  readonly highestProcessId: number | undefined;
  readonly network: TestConfinement['network'];
}

export const NO_LIMITS: HeldLimits = { memory_bytes: null, cpu_seconds: null, processes: null };

/** Between the warning that a process can react to and its end. */
const CPU_GRACE_SECONDS = 5;
/** Numbers below are not given out a second time (`RESERVED_PIDS` in Linux' kernel/pid.c). */
const RESERVED_IDS = 300;

/** How the limits are set in a wall. */
export interface LimitSettings {
  readonly memoryKib: number;
  readonly cpuSeconds: number;
  /** `RLIMIT_NPROC`; it does not hold root. */
  readonly processes: number | undefined;
  readonly highestProcessId: number | undefined;
}

interface SettingFacts {
  /** Processes of the same user that count without being of the tests. */
  readonly counted: number;
  readonly isRoot: boolean;
  /** Numbers of processes are given out for the wall alone. */
  readonly ownIds: boolean;
}

export function settingsOf(limits: ResourceLimits, { counted, isRoot, ownIds }: SettingFacts): LimitSettings {
  return {
    memoryKib: Math.ceil(limits.memoryBytes / 1024),
    cpuSeconds: limits.cpuSeconds,
    processes: isRoot ? undefined : limits.processes + counted,
    highestProcessId: isRoot && ownIds ? RESERVED_IDS + limits.processes : undefined,
  };
}

/**
 * A shell's lines that set limits. Of memory it is the writable part (`RLIMIT_DATA`): the address space as a whole would
 * not let Node or Java start, which reserve much more than they use. The shells of Debian and Alpine call the number of
 * processes `-p`, which elsewhere is something that cannot be set.
 */
export function limitLines({ memoryKib, cpuSeconds, processes, highestProcessId }: LimitSettings): string[] {
  return [
    ...(highestProcessId === undefined ? [] : [`{ echo ${highestProcessId} >/proc/sys/kernel/pid_max; } 2>/dev/null`]),
    `ulimit -d ${memoryKib} 2>/dev/null`,
    `ulimit -S -t ${cpuSeconds} 2>/dev/null`,
    `ulimit -H -t ${cpuSeconds + CPU_GRACE_SECONDS} 2>/dev/null`,
    ...(processes === undefined ? [] : [`{ ulimit -u ${processes} || ulimit -p ${processes}; } 2>/dev/null`]),
  ];
}

/** Those of the limits that were found to hold. */
export function effectiveLimits(
  wanted: ResourceLimits | undefined,
  found: Findings,
  set: LimitSettings | undefined,
): HeldLimits {
  if (wanted === undefined || set === undefined) return NO_LIMITS;
  const countsProcesses =
    set.processes === undefined
      ? set.highestProcessId !== undefined && found.highestProcessId === set.highestProcessId
      : found.processes === set.processes;
  return {
    memory_bytes: found.memoryKib === set.memoryKib ? wanted.memoryBytes : null,
    cpu_seconds: found.cpuSeconds === set.cpuSeconds ? wanted.cpuSeconds : null,
    processes: countsProcesses ? wanted.processes : null,
  };
}
