import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { registryRemovedView } from '../../cli/views/registry.ts';

export default class RegistryRemove extends BaseCommand {
  static override summary = 'Remove a registry from settings.yaml.';
  static override description = 'Packs that were installed from it stay installed. Its cached index is deleted.';
  static override examples = ['<%= config.bin %> registry remove internal'];
  static override args = { name: Args.string({ description: 'The name of a registry', required: true }) };
  static override flags = { ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryRemove);
    const runtime = await this.prepare(flags);
    const { removeRegistry } = await import('../../operations/registries/remove-registry.ts');
    const request = { name: args.name, dryRun: flags['dry-run'] };
    await this.show(await removeRegistry(request, runtime), registryRemovedView);
  }
}
