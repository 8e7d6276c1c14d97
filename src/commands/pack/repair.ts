import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { exitStatusOf } from '../../cli/report-error.ts';
import { repairQuestion, repairView } from '../../cli/views/pack/repair.ts';

export default class PackRepair extends BaseCommand {
  static override summary = 'restore the files of installed packs as they were installed';
  static override description = [
    'Restores what pack verify finds: from the files that are still right and the other releases that are kept, else from the cache, else from where the pack was installed. Only what has the recorded checksum is put in place, in one step.',
    'Files that were changed or put into the pack are copied to set-aside/ in the data directory first. It asks before it begins; where nobody can answer, --yes has to be given. The exit status is that of what kept a pack from being repaired, if anything did.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> pack repair',
    '<%= config.bin %> pack repair deploy --dry-run',
    '<%= config.bin %> pack repair --kept --yes --offline --json',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs; all of them if left out' }) };
  static override flags = {
    kept: Flags.boolean({ summary: 'also the releases that are kept for pack rollback' }),
    'discard-changes': Flags.boolean({ summary: 'do not set aside what was changed' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be done' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
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
        approve: async (plan) => {
          if (!flags.yes) await this.confirmOrRefuse(repairQuestion(plan));
        },
      },
      runtime,
    );
    const failed = receipt.packs.flatMap((pack) => ('error' in pack && pack.error ? pack.error.code : []));
    await this.show(receipt, repairView, exitStatusOf(failed));
  }
}
