import { Config } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';
import packageJson from '../../package.json' with { type: 'json' };

/**
 * As much of oclif's configuration as attune needs, which brings its commands along: no plugins, no hooks, no theme,
 * nothing read from a disk.
 */
export class StartedConfig extends Config {
  override bin = packageJson.oclif.bin;
  override name = packageJson.name;
  override pjson = packageJson as unknown as PJSON;
  override topicSeparator = packageJson.oclif.topicSeparator as ' ';
  override version = packageJson.version;

  /** @param root the directory of `package.json`, or of the executable */
  constructor(root: string) {
    super({ root });
  }

  override async runHook(): Promise<{ successes: []; failures: [] }> {
    return { successes: [], failures: [] };
  }
}
