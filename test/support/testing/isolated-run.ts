/**
 * Runs the tests of a pack isolated by one mechanism, as the user of this process, and prints the report as JSON.
 *
 *     node isolated-run.ts '{"pack": "...", "workspace": "...", "homes": ["..."], ...}'
 */
import { DEFAULTS } from '../../../src/config/defaults.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readPack } from '../../../src/packs/pack.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { systemInfo } from '../../../src/platform/system-info.ts';
import { reachableSockets } from '../../../src/platform/unix-sockets.ts';
import { confine } from '../../../src/testing/confinement/confine.ts';
import { neededPrograms } from '../../../src/testing/confinement/isolation/needed-programs.ts';
import { planFiles } from '../../../src/testing/confinement/isolation/plan-files.ts';
import { runTests } from '../../../src/testing/run-tests.ts';

/** The argument of this program. */
export interface IsolatedRun {
  /** The program of the only mechanism. */
  readonly mechanism: 'bwrap' | 'unshare';
  readonly pack: string;
  readonly workspace: string;
  readonly homes: readonly string[];
  readonly protectedDirectories: readonly string[];
  readonly network?: boolean;
  readonly processes?: number;
}

const request: IsolatedRun = JSON.parse(process.argv[2] ?? '');
const all = systemProcesses({ offline: false });
const other = request.mechanism === 'bwrap' ? 'unshare' : 'bwrap';
const system = systemInfo();
// Root needs `unshare` to limit the processes of bubblewrap.
const excluded = other === 'unshare' && system.user?.uid === 0 ? '' : other;
const processes = {
  ...all,
  find: (program: string, path?: string) => (program === excluded ? undefined : all.find(program, path)),
};
const { variables, reporter } = { variables: process.env, reporter: silentReporter };
const pack = readPack(request.pack, DEFAULT_LIMITS);
const sockets = system.user === undefined ? [] : reachableSockets(system.user);
const network = request.network === true;
const { view, searchPath } = await planFiles(
  { ...request, pack: pack.root, environments: [], needs: neededPrograms(pack), sockets, network },
  { processes, variables },
);
const { memory_bytes: memoryBytes, cpu_seconds: cpuSeconds } = DEFAULTS.testing;
const limits = { memoryBytes, cpuSeconds, processes: request.processes ?? DEFAULTS.testing.processes };
const tools = { processes, reporter, variables, system };
const { confinement, report } = await confine({ limits, sandbox: !network, files: view, quiet: true }, tools);
const tests = await runTests(
  pack,
  { workspace: request.workspace, confinement: { ...confinement, searchPath } },
  { processes: all, clock: systemClock, reporter, variables },
);
process.stdout.write(JSON.stringify({ ...tests, confinement: report, view }));
