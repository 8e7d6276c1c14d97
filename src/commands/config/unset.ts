import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { settingChangedView } from '../../cli/views/config.ts';

export default class ConfigUnset extends BaseCommand {
  static override summary = 'Remove a setting from settings.yaml.';
  static override description =
    'The setting then has its default. A setting that the file does not have is no error. Comments and the order of settings.yaml are kept.';
  static override examples = [
    '<%= config.bin %> config unset pack_registry.cache_ttl',
    '<%= config.bin %> config unset pack_registry.mirrors.https://github.com/',
  ];
  static override args = { key: Args.string({ description: 'The dotted path of a setting', required: true }) };
  static override flags = { ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigUnset);
    const runtime = await this.prepare(flags);
    const { changeSetting } = await import('../../operations/settings/change-setting.ts');
    const request = { key: args.key, value: undefined, dryRun: flags['dry-run'] };
    await this.show(await changeSetting(request, runtime), settingChangedView);
  }
}
