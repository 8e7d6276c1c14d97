import type { ProcessRequest, ProcessResult } from '../../platform/processes/types.ts';
import { signalName } from '../../platform/system-info.ts';
import { bubblewrapView } from './isolation/bubblewrap-view.ts';
import { namespaceView } from './isolation/namespace-view.ts';
import { limitLines, toLimitSettings } from './limits.ts';
import type { ConfinementMechanism, ConfinementRequest, ConfinementTools } from './types.ts';

/** Returns the mechanisms to try, the preferred first. */
export function availableMechanisms(request: ConfinementRequest, tools: ConfinementTools): ConfinementMechanism[] {
  const { platform } = tools.system;
  if (platform === 'win32') return [];
  const linux = request.files ? [bubblewrap, namespaces] : [namespaces, bubblewrap];
  const mechanisms = platform === 'linux' ? linux.flatMap((build) => build(request, tools) ?? []) : [];
  return request.sandbox || request.files ? mechanisms : [...mechanisms, shellLimits(request, tools)];
}

/** The directories of programs that configure mounts and networks, which are not on every user's `PATH`. */
const SYSTEM_PROGRAMS = '/usr/sbin:/sbin:/usr/bin:/bin';
const SHELL = '/bin/sh';

/**
 * Confines with Linux namespaces, created by `unshare` (util-linux): a user namespace, which unprivileged users need to
 * create the others; a process namespace, in which all processes end with the first one; and for a sandbox a network
 * namespace. Loopback is enabled and files are hidden inside, and then the tests run with the user's own id in a second
 * user namespace, which has no rights to the first: they can neither change its mounts nor leave it.
 */
function namespaces(
  { limits, sandbox, files }: ConfinementRequest,
  tools: ConfinementTools,
): ConfinementMechanism | undefined {
  const unshare = findTool('unshare', tools);
  const { user } = tools.system;
  if (unshare === undefined || user === undefined) return undefined;
  const isRoot = user.uid === 0;
  // A user namespace counts only its own processes.
  const settings = limits && toLimitSettings(limits, { otherProcesses: 0, isRoot, hasOwnPidMax: hasOwnPidMax(tools) });
  // The highest process id cannot be set any more once the files are hidden.
  const later = files && settings ? { ...settings, highestProcessId: undefined } : settings;
  const inside = shell([...(later ? limitLines(later) : []), ...runAndWait]);
  const asUser = [unshare, '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, ...inside];
  const view = (directory: string) =>
    files ? hideFiles(namespaceView(files, directory, settings?.highestProcessId)) : [];
  const outside = (directory: string) =>
    shell([...(sandbox ? [bringUpLoopback] : []), ...view(directory), 'shift; exec "$@"']);
  const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
  const more = files ? ['--mount', '--ipc', '--uts'] : ['--mount-proc'];
  const start = [unshare, ...flags, ...more, ...(sandbox ? ['--net'] : [])];
  const end = isRoot && !files ? inside : asUser;
  return {
    confine: (request, directory = files?.workspace ?? '') =>
      wrap([...start, ...outside(directory), request.cwd, ...end], request),
    name: 'namespaces',
    limits: settings,
    interpret: restoreSignal,
  };
}

/** Runs the lines with the programs of the system, whatever the `PATH` of the tests is, and enters the directory `$1`. */
function hideFiles(lines: readonly string[]): string[] {
  return ['search_path=$PATH', `PATH="${SYSTEM_PROGRAMS}:$PATH"`, ...lines, 'PATH=$search_path', 'cd "$1"'];
}

/**
 * Confines with `bwrap`, the only program that may create namespaces on some systems. Root loses its capabilities, which
 * could undo the confinement.
 */
function bubblewrap(
  { limits, sandbox, files }: ConfinementRequest,
  tools: ConfinementTools,
): ConfinementMechanism | undefined {
  const bwrap = findTool('bwrap', tools);
  if (bwrap === undefined) return undefined;
  const isRoot = tools.system.user?.uid === 0;
  const unshare = isRoot && hasOwnPidMax(tools) ? findTool('unshare', tools) : undefined;
  const facts = { otherProcesses: 0, isRoot, hasOwnPidMax: unshare !== undefined };
  const settings = limits && { ...toLimitSettings(limits, facts), verifiesProcessId: true };
  const inside = shell([...(settings ? limitLines({ ...settings, highestProcessId: undefined }) : []), ...runAndWait]);
  const flags = ['--unshare-user', '--unshare-pid', '--die-with-parent', '--cap-drop', 'ALL'];
  const view = (directory: string) =>
    files
      ? ['--unshare-ipc', '--unshare-uts', ...bubblewrapView(files, directory)]
      : ['--dev-bind', '/', '/', '--proc', '/proc'];
  const outer = unshare && settings?.highestProcessId ? limitProcessIds(unshare, settings.highestProcessId) : [];
  const start = [...outer, bwrap, ...flags, ...(sandbox ? ['--unshare-net'] : [])];
  return {
    confine: (request, directory = files?.workspace ?? '') =>
      wrap([...start, ...view(directory), '--chdir', request.cwd, '--', ...inside], request),
    name: 'bubblewrap',
    limits: settings,
    interpret: restoreSignal,
  };
}

/** Returns the start of a command that runs in a process namespace with a limited number of process ids. */
function limitProcessIds(unshare: string, highest: number): string[] {
  const setting = '/proc/sys/kernel/pid_max';
  const lines = ['set -e', `echo ${highest} >${setting}`, `[ "$(cat ${setting})" = ${highest} ]`, 'exec "$@"'];
  return [unshare, '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc', ...shell(lines)];
}

/** Since Linux 6.14 the highest process id is a setting of the namespace; before, it was global. */
function hasOwnPidMax({ system: { kernel } }: ConfinementTools): boolean {
  return kernel[0] > 6 || (kernel[0] === 6 && kernel[1] >= 14);
}

/** Sets limits without isolation. Where processes are counted for each user, the user's other processes count too. */
function shellLimits({ limits }: ConfinementRequest, { system }: ConfinementTools): ConfinementMechanism {
  const isRoot = system.user?.uid === 0;
  const settings = limits && toLimitSettings(limits, { otherProcesses: system.tasks(), isRoot, hasOwnPidMax: false });
  const start = shell([...(settings ? limitLines(settings) : []), 'exec "$@"']);
  return { confine: (request) => wrap(start, request), name: 'shell', limits: settings };
}

/** Returns a request that runs a process as an argument of another command. */
function wrap([command = '', ...args]: readonly string[], request: ProcessRequest): ProcessRequest {
  return { ...request, command, args: [...args, request.command, ...request.args] };
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
