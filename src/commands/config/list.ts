import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { settingListView } from '../../cli/views/config.ts';

export default class ConfigList extends BaseCommand {
  static override summary = 'List all settings with where their values come from.';
  static override description =
    'The values are those that commands use: from the environment, from settings.yaml, or the defaults. Secrets are not printed.';
  static override examples = ['<%= config.bin %> config list', '<%= config.bin %> config list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigList);
    const runtime = await this.prepare(flags);
    const { listSettings } = await import('../../operations/settings/list-settings.ts');
    await this.show(await listSettings(runtime), settingListView);
  }
}
