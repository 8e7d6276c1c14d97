import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { errorDocument } from '../../cli/report-error.ts';
import { registryRefreshView } from '../../cli/views/registry/refresh.ts';

export default class RegistryRefresh extends BaseCommand {
  static override summary = 'fetch the indexes of registries now';
  static override description =
    'Asks all that are enabled, or the one that is named, however fresh the cache is. The report is printed whatever it says; the exit status is that of the first that failed.';
  static override examples = [
    '<%= config.bin %> registry refresh',
    '<%= config.bin %> registry refresh official --json',
  ];
  static override args = { name: Args.string({ description: 'only this registry' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryRefresh);
    const runtime = await this.prepare(flags);
    const { refreshRegistries } = await import('../../operations/registries/refresh-registries.ts');
    const { report, failure } = await refreshRegistries(args.name, runtime);
    await this.show(report, registryRefreshView, failure ? errorDocument(failure).error.exit_code : 0);
  }
}
