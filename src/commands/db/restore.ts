import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag, yesFlag } from '../../cli/oclif/flags.ts';
import { databaseRestoreView, restoreQuestion } from '../../cli/views/db.ts';

export default class DbRestore extends BaseCommand {
  static override summary = 'Replace the database with a backup.';
  static override description = [
    'Checks the backup and migrates it to the schema of this version of attune. The previous database is kept, even if it is damaged. The replacement is atomic: an interruption leaves either the old or the new database intact.',
    'Links and releases on disk are updated to match. Packs whose files are missing are listed with the command that restores them. Prompts for confirmation; without a terminal, --yes is required.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> db restore /mnt/backup/attune.db --dry-run',
    '<%= config.bin %> db restore /mnt/backup/attune.db --yes',
  ];
  static override args = { file: Args.string({ description: 'A file written by db backup', required: true }) };
  static override flags = {
    ...dryRunFlag,
    ...yesFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DbRestore);
    const runtime = await this.prepare(flags);
    const { planRestore, restoreBackup } = await import('../../operations/database/restore-database.ts');
    if (flags['dry-run']) return this.show(await planRestore(args.file, runtime), databaseRestoreView);
    if (!flags.yes) await this.confirm(restoreQuestion(await planRestore(args.file, runtime)), flags);
    await this.show(await restoreBackup(args.file, runtime), databaseRestoreView);
  }
}
