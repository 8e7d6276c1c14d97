import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { removalQuestion, uninstallView } from '../../cli/views/pack/uninstall.ts';

export default class PackUninstall extends BaseCommand {
  static override summary = 'take installed packs away';
  static override description =
    'Removes packs with all their kept releases. Refuses while another installed pack needs one of them. On a terminal it asks first.';
  static override examples = [
    '<%= config.bin %> pack uninstall deploy',
    '<%= config.bin %> pack uninstall deploy core --yes',
    '<%= config.bin %> pack uninstall core --with-dependents --dry-run',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs', required: true }) };
  static override flags = {
    'with-dependents': Flags.boolean({ summary: 'and all packs that need them', exclusive: ['force'] }),
    force: Flags.boolean({ char: 'f', summary: 'also what other packs need, which then lack it' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be done' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUninstall);
    const runtime = await this.prepare(flags);
    const { planUninstall, uninstallPacks } = await import('../../operations/installed/uninstall-packs.ts');
    const request = { refs: argv as string[], force: flags.force, withDependents: flags['with-dependents'] };
    const plan = await planUninstall(request, runtime);
    if (flags['dry-run']) return this.show(plan, uninstallView);
    if (!flags.yes) await this.confirm(removalQuestion(plan.packs));
    await this.show(await uninstallPacks(plan, request, runtime), uninstallView);
  }
}
