import type { Config } from '@oclif/core/config';
import packageJson from '../../../package.json' with { type: 'json' };

/**
 * As much of oclif's configuration as a command asks for: no plugins, no hooks, no theme, nothing read from a disk. oclif's
 * own class would bring along all that looks for them.
 * @param root the directory of `package.json`, or of the executable
 */
export function startedConfig(root: string): Config {
  const { name, version, oclif } = packageJson;
  const config = {
    root,
    name,
    version,
    bin: oclif.bin,
    topicSeparator: oclif.topicSeparator,
    pjson: packageJson,
    plugins: new Map(),
    scopedEnvVarKeys: (key: string) => [`${oclif.bin}_${key}`.toUpperCase()],
    runHook: async () => ({ successes: [], failures: [] }),
  };
  return config as unknown as Config;
}
