import * as Args from '@oclif/core/args';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { registryRemovedView } from '../../cli/views/registry/change.ts';

export default class RegistryRemove extends BaseCommand {
  static override summary = 'take a registry out of config.yaml';
  static override description = 'What was installed from it stays installed, and what the cache has of it goes.';
  static override examples = ['<%= config.bin %> registry remove house'];
  static override args = { name: Args.string({ description: 'the name of a registry', required: true }) };
  static override flags = lockTimeoutFlag;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryRemove);
    const runtime = await this.prepare(flags);
    const { removeRegistry } = await import('../../operations/registries/remove-registry.ts');
    const request = { name: args.name, lockTimeoutMs: flags['lock-timeout'] * 1000 };
    await this.show(await removeRegistry(request, runtime), registryRemovedView);
  }
}
