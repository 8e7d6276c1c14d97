import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { settingChangedView } from '../../cli/views/config.ts';

export default class ConfigSet extends BaseCommand {
  static override summary = 'Set a setting in settings.yaml.';
  static override description =
    'The value is validated before it is written. Comments and the order of settings.yaml are kept. Lists and mappings are written as YAML or JSON.';
  static override examples = [
    '<%= config.bin %> config set pack_registry.cache_ttl 600',
    '<%= config.bin %> config set min_release_age 7d',
    '<%= config.bin %> config set pack_registry.indices.official.enabled false',
    '<%= config.bin %> config set pack_registry.mirrors.https://github.com/ file:///mnt/mirror/github/',
  ];
  static override args = {
    key: Args.string({ description: 'The dotted path of a setting', required: true }),
    value: Args.string({ description: 'The value', required: true }),
  };
  static override flags = { ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet);
    const runtime = await this.prepare(flags);
    const { changeSetting } = await import('../../operations/settings/change-setting.ts');
    await this.show(await changeSetting({ ...args, dryRun: flags['dry-run'] }, runtime), settingChangedView);
  }
}
