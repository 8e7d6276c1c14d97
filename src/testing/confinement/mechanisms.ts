import type { TestConfinement } from '../../packs/test-report.ts';
import type { ProcessRequest, ProcessResult } from '../../platform/processes/types.ts';
import { signalName } from '../../platform/system-info.ts';
import type { Confinement } from '../execution-context.ts';
import type { ConfinementRequest, ConfinementTools } from './confine.ts';
import { type LimitSettings, limitLines, settingsOf } from './limits.ts';

/** A way of confining that may or may not work here. */
export interface Wall extends Confinement {
  readonly name: TestConfinement['by'];
  readonly limits: LimitSettings | undefined;
}

/** The ways to try, the best first. */
export function wallsOf(request: ConfinementRequest, tools: ConfinementTools): Wall[] {
  const { platform } = tools.system;
  if (platform === 'win32') return [];
  const builders = platform === 'linux' ? [namespaces, bubblewrap] : [];
  const walls = builders.flatMap((build) => build(request, tools) ?? []);
  return request.sandbox ? walls : [...walls, shellAlone(request, tools)];
}

/** Where the programs that set up networks are, which is not on everybody's `PATH`. */
const SYSTEM_PROGRAMS = '/usr/sbin:/sbin:/usr/bin:/bin';
const SHELL = '/bin/sh';

/**
 * Namespaces of Linux, made by `unshare` (util-linux): of users, so that anybody may make the others; of processes, so
 * that all of them end with the first, whatever they did; and for a sandbox of networks. Inside, loopback is brought up,
 * and then the tests get the user's own number back: as root they would find every file of theirs readable.
 */
function namespaces({ limits, sandbox }: ConfinementRequest, tools: ConfinementTools): Wall | undefined {
  const unshare = findTool('unshare', tools);
  const { user, kernel } = tools.system;
  if (unshare === undefined || user === undefined) return undefined;
  const isRoot = user.uid === 0;
  // From 6.14 on the highest number of a process belongs to the namespace; before, writing it would be for everybody.
  const ownIds = kernel[0] > 6 || (kernel[0] === 6 && kernel[1] >= 14);
  // A namespace of users counts its own processes.
  const settings = limits && settingsOf(limits, { counted: 0, isRoot, ownIds });
  const inside = shell([...(settings ? limitLines(settings) : []), ...runAndWait]);
  const asUser = isRoot ? inside : [unshare, '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, ...inside];
  const outside = shell([...(sandbox ? [bringUpLoopback] : []), 'exec "$@"']);
  const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return {
    ...around([unshare, ...flags, ...(sandbox ? ['--net'] : []), ...outside, ...asUser]),
    name: 'namespaces',
    limits: settings,
    interpret: toldByStatus,
  };
}

/** The same by `bwrap`, which some systems let make namespaces and nobody else. */
function bubblewrap({ limits, sandbox }: ConfinementRequest, tools: ConfinementTools): Wall | undefined {
  const bwrap = findTool('bwrap', tools);
  if (bwrap === undefined) return undefined;
  const settings = limits && settingsOf(limits, { counted: 0, isRoot: tools.system.user?.uid === 0, ownIds: false });
  const flags = ['--dev-bind', '/', '/', '--proc', '/proc', '--unshare-user', '--unshare-pid', '--die-with-parent'];
  const inside = shell([...(settings ? limitLines(settings) : []), ...runAndWait]);
  return {
    ...around([bwrap, ...flags, ...(sandbox ? ['--unshare-net'] : []), '--', ...inside]),
    name: 'bubblewrap',
    limits: settings,
    interpret: toldByStatus,
  };
}

/** Limits without walls. The user's other processes count too where they are counted. */
function shellAlone({ limits }: ConfinementRequest, { system }: ConfinementTools): Wall {
  const isRoot = system.user?.uid === 0;
  const settings = limits && settingsOf(limits, { counted: system.tasks(), isRoot, ownIds: false });
  const wall = around(shell([...(settings ? limitLines(settings) : []), 'exec "$@"']));
  return { ...wall, name: 'shell', limits: settings };
}

function around(words: readonly string[]): Confinement {
  const [command = '', ...before] = words;
  return {
    confine: (request: ProcessRequest) => ({
      ...request,
      command,
      args: [...before, request.command, ...request.args],
    }),
  };
}

/** The words of a script that the words after them are arguments of. */
function shell(lines: readonly string[]): string[] {
  return [SHELL, '-c', lines.join('\n'), SHELL];
}

const bringUpLoopback = `(PATH="$PATH:${SYSTEM_PROGRAMS}"; ip link set lo up || ifconfig lo up) >/dev/null 2>&1`;

/**
 * All others end with the first process of a namespace, also one that only has some last words to say, such as the `tee`
 * of `exec > >(tee log)`: as long as there is another, they get the time that they get everywhere.
 */
const runAndWait = [
  '"$@"',
  'status=$?',
  // Where no process can be started any more, the shell would end with a status of its own.
  `trap 'exit $status' EXIT`,
  'for process in /proc/[0-9]*; do [ "$process" = /proc/1 ] || [ "$process" = /proc/$$ ] || { sleep 0.25; break; }; done',
];

/** Who starts a program on behalf of another tells the signal that ended it by its own exit status, 128 above. */
function toldByStatus(result: ProcessResult): ProcessResult {
  const signal = result.exitCode === null ? undefined : signalName(result.exitCode - 128);
  return signal === undefined ? result : { ...result, exitCode: null, signal };
}

function findTool(name: string, { processes, variables }: ConfinementTools): string | undefined {
  return processes.find(name, [variables['PATH'], SYSTEM_PROGRAMS].filter(Boolean).join(':'));
}
