import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { autoremoveView, removalQuestion } from '../../cli/views/pack/uninstall.ts';

export default class PackAutoremove extends BaseCommand {
  static override summary = 'take away packs that came for others and that nothing needs any more';
  static override description =
    'A pack that was asked for stays, and so do a pinned one and all that they need, directly or not. On a terminal it asks first.';
  static override examples = [
    '<%= config.bin %> pack autoremove --dry-run',
    '<%= config.bin %> pack autoremove --yes --json',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'only say what would be done' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PackAutoremove);
    const runtime = await this.prepare(flags);
    const { autoremovePacks, planAutoremove } = await import('../../operations/installed/autoremove-packs.ts');
    const plan = await planAutoremove(runtime);
    if (flags['dry-run']) return this.show(plan, autoremoveView);
    if (!flags.yes && plan.packs.length > 0) await this.confirm(removalQuestion(plan.packs));
    await this.show(await autoremovePacks(plan, runtime), autoremoveView);
  }
}
