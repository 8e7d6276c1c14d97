import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/oclif/base-command.ts';
import { licenseListView, licenseTextView } from '../cli/views/licenses.ts';

export default class Licenses extends BaseCommand {
  static override summary = 'tell what attune is made of, and under which licences';
  static override description = 'With --json the words of the licences are always among it.';
  static override examples = [
    '<%= config.bin %> licenses',
    '<%= config.bin %> licenses semver',
    '<%= config.bin %> licenses --full > LICENSES.txt',
  ];
  static override args = { name: Args.string({ description: 'only this component, and the words of its licence' }) };
  static override flags = { full: Flags.boolean({ summary: 'the words of all the licences' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Licenses);
    await this.prepare(flags);
    const { listLicenses } = await import('../operations/about/list-licenses.ts');
    const list = listLicenses(args.name);
    const view = flags.full || args.name !== undefined ? licenseTextView : licenseListView;
    // The list is attune's own, and what a view is given has no line feeds.
    await this.show(list, (_, style) => view(list, style));
  }
}
