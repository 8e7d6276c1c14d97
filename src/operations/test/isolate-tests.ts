import type { TestConfinement } from '../../packs/test-report.ts';
import { accountHome, systemInfo } from '../../platform/system-info.ts';
import { reachableSockets } from '../../platform/unix-sockets.ts';
import { confine, type EstablishedConfinement, SandboxUnavailable } from '../../testing/confinement/confine.ts';
import { neededPrograms } from '../../testing/confinement/isolation/needed-programs.ts';
import { planFiles } from '../../testing/confinement/isolation/plan-files.ts';
import type { ConfinementRequest, ConfinementTools } from '../../testing/confinement/types.ts';
import type { TestedPack } from '../../testing/test-run.ts';
import type { Runtime } from '../runtime.ts';

/** `auto` isolates the tests of packs that come from elsewhere if the system can; `require` isolates all tests. */
export type SandboxMode = 'auto' | 'require' | 'off';

export interface IsolationRequest {
  readonly pack: TestedPack;
  /** The private directory of the test run, which exists. */
  readonly workspace: string;
  /** The paths of the environments that were made for the pack. */
  readonly environments: readonly string[];
  /** Throws if the system cannot isolate the tests, instead of limiting their resources only. */
  readonly required: boolean;
  /** Grants the network to packs that ask for it. */
  readonly allowNetwork: boolean;
}

type NeededRuntime = Pick<Runtime, 'config' | 'processes' | 'reporter' | 'environment' | 'paths'>;

/**
 * Isolates the tests of a pack (SPEC section 8). The files that they see are determined for each pack, because its version
 * files may select interpreters.
 * @throws SandboxUnavailable if isolation is required
 */
export async function isolateTests(request: IsolationRequest, runtime: NeededRuntime): Promise<EstablishedConfinement> {
  const { testing } = await runtime.config();
  const { processes, reporter, environment } = runtime;
  const tools = { processes, reporter, variables: environment.variables, system: systemInfo() };
  const isRequested = request.pack.manifest.testing?.network === true;
  const network = isRequested && request.allowNetwork;
  const limited = { limits: testing.limits, quiet: true };
  try {
    const isolated = await confineFiles(request, network, limited, runtime, tools);
    return isRequested && !network ? withNotes(isolated, {}, NETWORK_DENIED) : isolated;
  } catch (error) {
    if (!(error instanceof SandboxUnavailable) || request.required) throw error;
    const reason = `The system cannot isolate the tests: ${error.attempts.join('; ')}.`;
    // Elsewhere, a limit of processes would count all programs of the user, and most users have more than the limit.
    if (error.isUnsupported)
      return { confinement: { confine: (plain) => plain }, report: notIsolated('unavailable', reason) };
    return withNotes(await confine({ ...limited, sandbox: false }, tools), { not_isolated: 'unavailable' }, reason);
  }
}

const NETWORK_DENIED = 'The pack asks for the network (testing.network); --allow-test-network grants it.';

/** Returns the report of tests that run without any confinement. */
export function notIsolated(
  reason: NonNullable<TestConfinement['not_isolated']>,
  ...notes: readonly string[]
): TestConfinement {
  const limits = { memory_bytes: null, cpu_seconds: null, processes: null };
  return { by: 'nothing', network: 'open', files: 'open', ...limits, notes, not_isolated: reason };
}

async function confineFiles(
  { pack, workspace, environments }: IsolationRequest,
  network: boolean,
  limited: Pick<ConfinementRequest, 'limits' | 'quiet'>,
  { environment, paths }: NeededRuntime,
  tools: ConfinementTools,
): Promise<EstablishedConfinement> {
  const { platform, user } = tools.system;
  if (platform !== 'linux' || user === undefined) throw new SandboxUnavailable([]);
  const account = accountHome();
  const { view, searchPath } = await planFiles(
    {
      pack: pack.root,
      workspace,
      homes: [environment.homeDirectory, ...(account === undefined ? [] : [account])],
      protectedDirectories: [paths.data, paths.cache, paths.config],
      environments,
      needs: neededPrograms(pack),
      sockets: reachableSockets(user),
      network,
    },
    tools,
  );
  const { confinement, report } = await confine({ ...limited, sandbox: !network, files: view }, tools);
  return { confinement: { ...confinement, searchPath }, report };
}

function withNotes(
  { confinement, report }: EstablishedConfinement,
  more: Partial<TestConfinement>,
  note: string,
): EstablishedConfinement {
  return { confinement, report: { ...report, ...more, notes: [note, ...report.notes] } };
}
