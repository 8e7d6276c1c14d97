import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/base-command.ts';
import { uninstallView } from '../../cli/views/uninstall.ts';

export default class PackUninstall extends BaseCommand {
  static override summary = 'take installed packs away';
  static override description =
    'Removes packs with all their kept releases. Refuses while another installed pack needs one of them. On a terminal it asks first.';
  static override examples = [
    '<%= config.bin %> pack uninstall deploy',
    '<%= config.bin %> pack uninstall deploy core --yes',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs', required: true }) };
  static override flags = {
    force: Flags.boolean({ char: 'f', summary: 'also what other packs need' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUninstall);
    const runtime = await this.prepare(flags);
    const refs = argv as string[];
    if (!flags.yes) await this.confirm(`Uninstall ${refs.join(', ')}?`);
    const { uninstallPacks } = await import('../../operations/uninstall-packs.ts');
    await this.show(await uninstallPacks({ refs, force: flags.force }, runtime), uninstallView);
  }
}
