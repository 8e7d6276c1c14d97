import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag, yesFlag } from '../../cli/oclif/flags.ts';
import { autoremoveView, removalQuestion } from '../../cli/views/pack/uninstall.ts';

export default class PackAutoremove extends BaseCommand {
  static override summary = 'Remove dependencies that are no longer needed.';
  static override description =
    'Requested and pinned packs stay, and so do their direct and indirect dependencies. Prompts for confirmation; without a terminal, --yes is required.';
  static override examples = [
    '<%= config.bin %> pack autoremove --dry-run',
    '<%= config.bin %> pack autoremove --yes --json',
  ];
  static override flags = {
    ...dryRunFlag,
    ...yesFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PackAutoremove);
    const runtime = await this.prepare(flags);
    const { autoremovePacks, planAutoremove } = await import('../../operations/installed/autoremove-packs.ts');
    const plan = await planAutoremove(runtime);
    if (flags['dry-run']) return this.show(plan, autoremoveView);
    if (plan.packs.length > 0) await this.confirm(removalQuestion(plan.packs), flags);
    await this.show(await autoremovePacks(plan, runtime), autoremoveView);
  }
}
