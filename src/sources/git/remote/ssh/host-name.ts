import type { Processes } from '../../../../platform/processes/types.ts';
import { buildSshEnvironment, selectSshProgram } from './program.ts';

export interface HostTools {
  readonly processes: Pick<Processes, 'run'>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/** Only the configuration is read, but a `Match exec` in it may take a while. */
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 256 * 1024;

/**
 * Returns the host that the user's ssh connects to for a host or alias, as `ssh -G` prints it. Nothing is connected.
 * @returns `undefined` if the ssh program does not tell
 */
export async function connectedHost(host: string, tools: HostTools): Promise<string | undefined> {
  const { command, args, variant } = selectSshProgram(tools.variables);
  if (variant === 'plink' || variant === 'simple' || !/^[a-z0-9][a-z0-9._-]*$/i.test(host)) return undefined;
  const { exitCode, stdout } = await tools.processes.run({
    command,
    args: [...args, '-G', '--', host],
    cwd: tools.workingDirectory,
    env: buildSshEnvironment(tools.variables, false),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  return exitCode === 0 ? /^hostname (\S+)$/m.exec(stdout)?.[1] : undefined;
}
