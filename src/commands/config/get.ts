import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { settingView } from '../../cli/views/config.ts';

export default class ConfigGet extends BaseCommand {
  static override summary = 'Print the value of a setting.';
  static override description =
    'Prints the value alone; lists, mappings and sections as YAML. Registries are found by name. Secrets are not printed.';
  static override examples = [
    '<%= config.bin %> config get pack_registry.cache_ttl',
    '<%= config.bin %> config get pack_registry.indices.official.url',
    '<%= config.bin %> config get limits --json',
  ];
  static override args = { key: Args.string({ description: 'The dotted path of a setting', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigGet);
    const runtime = await this.prepare(flags);
    const { getSetting } = await import('../../operations/settings/get-setting.ts');
    await this.show(await getSetting(args.key, runtime), settingView);
  }
}
