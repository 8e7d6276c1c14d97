import { NULL_DEVICE } from '../../platform/environment.ts';
import { buildVariables } from './build-variables.ts';
import type { BuildTools } from './recipe.ts';

/** Settings that would make pip install outside the environment, or refuse to install into it. */
const REDIRECTING = /^(user|target|prefix|root|require-virtualenv)$/;

/** Prints the settings of pip's configuration files as JSON. `pip config list` prints each as `section.key=repr(value)`. */
const LIST_PROGRAM = `
import ast, json, subprocess, sys
lines = subprocess.run([sys.executable, '-I', '-m', 'pip', 'config', 'list'], capture_output=True, text=True).stdout.splitlines()
pairs = [line.split('=', 1) for line in lines if not line.startswith(':env:') and '=' in line]
print(json.dumps([[*name.split('.', 1), ast.literal_eval(value)] for name, value in pairs]))
`;

/**
 * Returns the variables that replace pip's configuration files if these redirect installations: corporate images and
 * home-manager set `user = true` or a target. All other settings, such as the index, are passed on as variables.
 * @param python an interpreter with pip
 * @returns no variables if the files can be used as they are
 */
export async function replacePipConfig(
  python: string,
  directory: string,
  { processes, variables }: BuildTools,
): Promise<Record<string, string>> {
  const env = buildVariables(variables, directory);
  const { stdout } = await processes.run({
    command: python,
    args: ['-I', '-B', '-c', LIST_PROGRAM],
    cwd: directory,
    // The option --user of pip config would restrict the list to one file.
    env: { ...env, PIP_USER: '0' },
    timeoutMs: 60_000,
    maxOutputBytes: 256 * 1024,
  });
  const settings = parseSettings(stdout).filter(([section]) => section === 'global' || section === 'install');
  if (!settings.some(([, key]) => REDIRECTING.test(key))) return {};
  const kept = settings
    .filter(([, key]) => !REDIRECTING.test(key))
    .map(([, key, value]) => [`PIP_${key.toUpperCase().replaceAll('-', '_')}`, value] as const)
    .filter(([name]) => env[name] === undefined);
  return { ...Object.fromEntries(kept), PIP_CONFIG_FILE: NULL_DEVICE };
}

/** Returns section, key and value of each setting. Output that is not from the program means that there are none. */
function parseSettings(output: string): (readonly [section: string, key: string, value: string])[] {
  try {
    return JSON.parse(output);
  } catch {
    return [];
  }
}
