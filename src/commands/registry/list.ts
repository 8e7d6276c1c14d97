import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { registryListView } from '../../cli/views/registry/list.ts';

export default class RegistryList extends BaseCommand {
  static override summary = 'list the configured registries, in the order in which they are asked';
  static override description = 'Asks none of them: it says what the cache has of each, and from when.';
  static override examples = ['<%= config.bin %> registry list', '<%= config.bin %> registry list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(RegistryList);
    const runtime = await this.prepare(flags);
    const { listRegistries } = await import('../../operations/registries/list-registries.ts');
    await this.show(await listRegistries(runtime), registryListView);
  }
}
