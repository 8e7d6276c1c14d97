import type { TestConfinement } from '../../packs/test-report.ts';

/** The resource limits of a suite. */
export interface ResourceLimits {
  /** The writable memory of each process, in bytes. */
  readonly memoryBytes: number;
  /** The CPU time of each process. */
  readonly cpuSeconds: number;
  /** The number of concurrent processes and threads. */
  readonly processes: number;
}

/** The limits that are enforced; `null` for those that are not. */
export type EffectiveLimits = Pick<TestConfinement, 'memory_bytes' | 'cpu_seconds' | 'processes'>;

/** The values that a confined program observed. Numbers are reported by the system; `undefined` means unlimited. */
export interface ObservedLimits {
  readonly memoryKib: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly processes: number | undefined;
  /** The highest process id, which limits the number of processes. */
  readonly highestProcessId: number | undefined;
  readonly network: TestConfinement['network'];
  /** Files that should be hidden and are visible. */
  readonly visible: readonly string[];
}

export const NO_LIMITS: EffectiveLimits = { memory_bytes: null, cpu_seconds: null, processes: null };

/** The time between SIGXCPU, which a process can handle, and SIGKILL. */
const CPU_GRACE_SECONDS = 5;
/** Process ids below this number are not reused (`RESERVED_PIDS` in Linux's kernel/pid.c). */
const RESERVED_IDS = 300;

/** The limits in the form in which a mechanism sets them. */
export interface LimitSettings {
  readonly memoryKib: number;
  readonly cpuSeconds: number;
  /** `RLIMIT_NPROC`, which does not apply to root. */
  readonly processes: number | undefined;
  readonly highestProcessId: number | undefined;
  /** True if the mechanism verifies the highest process id itself: an inner process namespace does not show it. */
  readonly verifiesProcessId?: boolean;
}

interface SettingFacts {
  /** The number of the user's other processes that count towards the limit. */
  readonly otherProcesses: number;
  readonly isRoot: boolean;
  /** True if the highest process id can be set for the confined processes alone. */
  readonly hasOwnPidMax: boolean;
}

/** Converts limits to the form in which a mechanism sets them. */
export function toLimitSettings(
  limits: ResourceLimits,
  { otherProcesses, isRoot, hasOwnPidMax }: SettingFacts,
): LimitSettings {
  return {
    memoryKib: Math.ceil(limits.memoryBytes / 1024),
    cpuSeconds: limits.cpuSeconds,
    processes: isRoot ? undefined : limits.processes + otherProcesses,
    highestProcessId: isRoot && hasOwnPidMax ? RESERVED_IDS + limits.processes : undefined,
  };
}

/**
 * Returns shell commands that set limits. The memory limit covers only writable memory (`RLIMIT_DATA`): with a limit on
 * the address space, Node and Java would not start, because they reserve much more than they use. The shells of Debian and
 * Alpine name the limit on processes `-p`, which in other shells is a limit that cannot be set.
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

/** Returns the limits that were observed to be in effect. */
export function effectiveLimits(
  requested: ResourceLimits | undefined,
  observed: ObservedLimits,
  settings: LimitSettings | undefined,
): EffectiveLimits {
  if (requested === undefined || settings === undefined) return NO_LIMITS;
  const limitsProcesses =
    settings.processes === undefined
      ? settings.highestProcessId !== undefined &&
        (settings.verifiesProcessId || observed.highestProcessId === settings.highestProcessId)
      : observed.processes === settings.processes;
  return {
    memory_bytes: observed.memoryKib === settings.memoryKib ? requested.memoryBytes : null,
    cpu_seconds: observed.cpuSeconds === settings.cpuSeconds ? requested.cpuSeconds : null,
    processes: limitsProcesses ? requested.processes : null,
  };
}
