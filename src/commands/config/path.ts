import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { settingsPathView } from '../../cli/views/config.ts';

export default class ConfigPath extends BaseCommand {
  static override summary = 'Print the path of settings.yaml.';
  static override description = 'The file may not exist; --json reports whether it does.';
  static override examples = ['<%= config.bin %> config path', '<%= config.bin %> config path --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigPath);
    const runtime = await this.prepare(flags);
    const { settingsPath } = await import('../../operations/settings/settings-path.ts');
    await this.show(settingsPath(runtime), settingsPathView);
  }
}
