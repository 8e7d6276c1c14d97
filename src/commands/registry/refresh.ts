import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { errorDocument } from '../../cli/report-error.ts';
import { registryRefreshView } from '../../cli/views/registry.ts';

export default class RegistryRefresh extends BaseCommand {
  static override summary = 'Download the indexes of registries.';
  static override description =
    'Queries all enabled registries, or the named one, even if the cache is fresh. The exit status is that of the first failure.';
  static override examples = [
    '<%= config.bin %> registry refresh',
    '<%= config.bin %> registry refresh official --json',
  ];
  static override args = { name: Args.string({ description: 'Refresh only this registry' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryRefresh);
    const runtime = await this.prepare(flags);
    const { refreshRegistries } = await import('../../operations/registries/refresh-registries.ts');
    const { report, failure } = await refreshRegistries(args.name, runtime);
    await this.show(
      report,
      registryRefreshView,
      failure ? errorDocument(failure).error.exit_code : 0,
      failure?.message,
    );
  }
}
