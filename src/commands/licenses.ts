import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/oclif/base-command.ts';
import { licenseListView, licenseTextView } from '../cli/views/licenses.ts';

export default class Licenses extends BaseCommand {
  static override summary = 'List the components of attune and their licenses.';
  static override description = 'The output of --json always includes the texts of the licenses.';
  static override examples = [
    '<%= config.bin %> licenses',
    '<%= config.bin %> licenses semver',
    '<%= config.bin %> licenses --full > LICENSES.txt',
  ];
  static override args = {
    name: Args.string({ description: 'Show only this component, with the text of its license' }),
  };
  static override flags = { full: Flags.boolean({ summary: 'Print the texts of all licenses' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Licenses);
    await this.prepare(flags);
    const { listLicenses } = await import('../operations/about/list-licenses.ts');
    const list = listLicenses(args.name);
    const view = flags.full || args.name !== undefined ? licenseTextView : licenseListView;
    // The view takes the original list: the strings that `show` passes to a view have no line feeds.
    await this.show(list, (_, style) => view(list, style));
  }
}
