import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Harness, programCommand, type Run } from '../attune.ts';

/** Runs a command in a network namespace whose only interface, loopback, is down. */
const [UNSHARE, ...UNSHARE_ARGS] = ['unshare', '--user', '--map-root-user', '--net'] as const;

/** The reason to skip tests that need a network namespace; `false` if this machine allows one. */
export const withoutNamespaces =
  spawnSync(UNSHARE, [...UNSHARE_ARGS, 'true']).status !== 0 &&
  'this machine allows no network namespaces (unshare -rn)';

/** Runs a command line of attune in the directories of a harness, on a machine without any network. */
export function runWithoutNetwork(
  { directory, data, config }: Harness,
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Run> {
  const root = dirname(data);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(root, 'home'),
    ATTUNE_DATA_DIR: data,
    ATTUNE_CACHE_DIR: join(root, 'cache'),
    ATTUNE_CONFIG_DIR: config,
    ...variables,
  };
  const child = spawn(UNSHARE, [...UNSHARE_ARGS, ...programCommand(), ...args], { cwd: directory, env });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...output })));
}
