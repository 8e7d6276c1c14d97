import type { ProcessRequest, ProcessResult } from '../../platform/processes/types.ts';
import { signalName } from '../../platform/system-info.ts';
import type { Confinement } from '../test-run.ts';

import { limitLines, toLimitSettings } from './limits.ts';
import type { ConfinementMechanism, ConfinementRequest, ConfinementTools } from './types.ts';

/** Returns the mechanisms to try, the strongest first. */
export function availableMechanisms(request: ConfinementRequest, tools: ConfinementTools): ConfinementMechanism[] {
  const { platform } = tools.system;
  if (platform === 'win32') return [];
  const builders = platform === 'linux' ? [namespaces, bubblewrap] : [];
  const mechanisms = builders.flatMap((build) => build(request, tools) ?? []);
  return request.sandbox ? mechanisms : [...mechanisms, shellLimits(request, tools)];
}

/** The directories of programs that configure networks, which are not on every user's `PATH`. */
const SYSTEM_PROGRAMS = '/usr/sbin:/sbin:/usr/bin:/bin';
const SHELL = '/bin/sh';

/**
 * Confines with Linux namespaces, created by `unshare` (util-linux): a user namespace, which unprivileged users need to
 * create the others; a process namespace, in which all processes end with the first one; and for a sandbox a network
 * namespace. Loopback is enabled inside, and then the tests run with the user's own id, since as root they could read
 * every file.
 */
function namespaces(
  { limits, sandbox }: ConfinementRequest,
  tools: ConfinementTools,
): ConfinementMechanism | undefined {
  const unshare = findTool('unshare', tools);
  const { user, kernel } = tools.system;
  if (unshare === undefined || user === undefined) return undefined;
  const isRoot = user.uid === 0;
  // Since Linux 6.14 the highest process id is a setting of the namespace; before, it was global.
  const hasOwnPidMax = kernel[0] > 6 || (kernel[0] === 6 && kernel[1] >= 14);
  // A user namespace counts only its own processes.
  const settings = limits && toLimitSettings(limits, { otherProcesses: 0, isRoot, hasOwnPidMax });
  const inside = shell([...(settings ? limitLines(settings) : []), ...runAndWait]);
  const asUser = isRoot ? inside : [unshare, '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, ...inside];
  const outside = shell([...(sandbox ? [bringUpLoopback] : []), 'exec "$@"']);
  const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return {
    ...wrapWith([unshare, ...flags, ...(sandbox ? ['--net'] : []), ...outside, ...asUser]),
    name: 'namespaces',
    limits: settings,
    interpret: restoreSignal,
  };
}

/** Confines with `bwrap`, the only program that may create namespaces on some systems. */
function bubblewrap(
  { limits, sandbox }: ConfinementRequest,
  tools: ConfinementTools,
): ConfinementMechanism | undefined {
  const bwrap = findTool('bwrap', tools);
  if (bwrap === undefined) return undefined;
  const isRoot = tools.system.user?.uid === 0;
  const settings = limits && toLimitSettings(limits, { otherProcesses: 0, isRoot, hasOwnPidMax: false });
  const flags = ['--dev-bind', '/', '/', '--proc', '/proc', '--unshare-user', '--unshare-pid', '--die-with-parent'];
  const inside = shell([...(settings ? limitLines(settings) : []), ...runAndWait]);
  return {
    ...wrapWith([bwrap, ...flags, ...(sandbox ? ['--unshare-net'] : []), '--', ...inside]),
    name: 'bubblewrap',
    limits: settings,
    interpret: restoreSignal,
  };
}

/** Sets limits without isolation. Where processes are counted for each user, the user's other processes count too. */
function shellLimits({ limits }: ConfinementRequest, { system }: ConfinementTools): ConfinementMechanism {
  const isRoot = system.user?.uid === 0;
  const settings = limits && toLimitSettings(limits, { otherProcesses: system.tasks(), isRoot, hasOwnPidMax: false });
  const confinement = wrapWith(shell([...(settings ? limitLines(settings) : []), 'exec "$@"']));
  return { ...confinement, name: 'shell', limits: settings };
}

/** Returns a confinement that runs a process as an argument of another command. */
function wrapWith(commandLine: readonly string[]): Confinement {
  const [command = '', ...args] = commandLine;
  return {
    confine: (request: ProcessRequest) => ({
      ...request,
      command,
      args: [...args, request.command, ...request.args],
    }),
  };
}

/** Returns the command line of a shell script. Arguments that are appended to it become the script's arguments. */
function shell(lines: readonly string[]): string[] {
  return [SHELL, '-c', lines.join('\n'), SHELL];
}

const bringUpLoopback = `(PATH="$PATH:${SYSTEM_PROGRAMS}"; ip link set lo up || ifconfig lo up) >/dev/null 2>&1`;

/**
 * When the first process of a namespace ends, all others are killed, even one that still has output to write, such as the
 * `tee` of `exec > >(tee log)`. While other processes exist, they get the same time as outside a namespace.
 */
const runAndWait = [
  '"$@"',
  'status=$?',
  // If no further process can be started, the shell would otherwise exit with a different status.
  `trap 'exit $status' EXIT`,
  'for process in /proc/[0-9]*; do [ "$process" = /proc/1 ] || [ "$process" = /proc/$$ ] || { sleep 0.25; break; }; done',
];

/** Restores the signal that terminated a program from the exit status of its wrapper, which is 128 plus the signal. */
function restoreSignal(result: ProcessResult): ProcessResult {
  const signal = result.exitCode === null ? undefined : signalName(result.exitCode - 128);
  return signal === undefined ? result : { ...result, exitCode: null, signal };
}

function findTool(name: string, { processes, variables }: ConfinementTools): string | undefined {
  return processes.find(name, [variables['PATH'], SYSTEM_PROGRAMS].filter(Boolean).join(':'));
}
