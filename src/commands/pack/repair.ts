import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag, yesFlag } from '../../cli/oclif/flags.ts';
import { exitStatusOf } from '../../cli/report-error.ts';
import { repairFailure, repairQuestion, repairView } from '../../cli/views/pack/repair.ts';

export default class PackRepair extends BaseCommand {
  static override summary = 'Restore the original files of installed packs.';
  static override description = [
    'Repairs what pack verify reports. Content is taken from intact files and other retained releases, then from the cache, then from the original source. Only content with the recorded checksum is installed, atomically.',
    'Changed and added files are copied to set-aside/ in the data directory first. Prompts for confirmation; without a terminal, --yes is required. If a pack cannot be repaired, the exit status is that of the cause.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> pack repair',
    '<%= config.bin %> pack repair deploy --dry-run',
    '<%= config.bin %> pack repair --kept --yes --offline --json',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs (all packs if omitted)' }) };
  static override flags = {
    kept: Flags.boolean({ summary: 'Also repair the releases that are retained for pack rollback' }),
    'discard-changes': Flags.boolean({ summary: 'Do not keep copies of changed files' }),
    ...dryRunFlag,
    ...yesFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackRepair);
    const runtime = await this.prepare(flags);
    const { repairPacks } = await import('../../operations/repair/repair-packs.ts');
    const receipt = await repairPacks(
      {
        refs: argv as string[],
        kept: flags.kept,
        dryRun: flags['dry-run'],
        discardChanges: flags['discard-changes'],
        approve: (plan) => this.confirm(repairQuestion(plan), flags),
      },
      runtime,
    );
    const failed = receipt.packs.flatMap((pack) => ('error' in pack && pack.error ? pack.error.code : []));
    await this.show(receipt, repairView, exitStatusOf(failed), repairFailure(receipt));
  }
}
