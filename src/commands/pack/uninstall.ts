import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag, yesFlag } from '../../cli/oclif/flags.ts';
import { removalQuestion, uninstallView } from '../../cli/views/pack/uninstall.ts';

export default class PackUninstall extends BaseCommand {
  static override summary = 'Uninstall packs.';
  static override description =
    'Removes packs with all their retained releases. Fails if another installed pack depends on one of them. Prompts for confirmation; without a terminal, --yes is required.';
  static override examples = [
    '<%= config.bin %> pack uninstall deploy',
    '<%= config.bin %> pack uninstall deploy core --yes',
    '<%= config.bin %> pack uninstall core --with-dependents --dry-run',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs', required: true }) };
  static override flags = {
    'with-dependents': Flags.boolean({ summary: 'Also uninstall the packs that depend on them', exclusive: ['force'] }),
    force: Flags.boolean({ char: 'f', summary: 'Uninstall even if other packs depend on them' }),
    ...dryRunFlag,
    ...yesFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUninstall);
    const runtime = await this.prepare(flags);
    const { planUninstall, uninstallPacks } = await import('../../operations/installed/uninstall-packs.ts');
    const request = { refs: argv as string[], force: flags.force, withDependents: flags['with-dependents'] };
    if (flags['dry-run']) return this.show(await planUninstall(request, runtime), uninstallView);
    const approve = (packs: Parameters<typeof removalQuestion>[0]) => this.confirm(removalQuestion(packs), flags);
    await this.show(await uninstallPacks(request, approve, runtime), uninstallView);
  }
}
