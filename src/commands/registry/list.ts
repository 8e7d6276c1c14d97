import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { registryListView } from '../../cli/views/registry.ts';

export default class RegistryList extends BaseCommand {
  static override summary = 'List the configured registries in order of priority.';
  static override description = 'Does not use the network: shows what is cached of each registry, and since when.';
  static override examples = ['<%= config.bin %> registry list', '<%= config.bin %> registry list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(RegistryList);
    const runtime = await this.prepare(flags);
    const { listRegistries } = await import('../../operations/registries/list-registries.ts');
    await this.show(await listRegistries(runtime), registryListView);
  }
}
