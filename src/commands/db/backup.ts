import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag } from '../../cli/oclif/flags.ts';
import { databaseBackupView } from '../../cli/views/db.ts';

export default class DbBackup extends BaseCommand {
  static override summary = 'Copy the database, even while it is in use.';
  static override description =
    'Without FILE, the copy is written to backups/ in the data directory, with the time in its name. FILE may be a directory. The copy has the records of packs and their history, not the files of the packs. Restore it with db restore.';
  static override examples = [
    '<%= config.bin %> db backup',
    '<%= config.bin %> db backup /mnt/backup/attune.db --force',
    '<%= config.bin %> db backup /mnt/backup/ --json',
  ];
  static override args = { file: Args.string({ description: 'The file to write, or a directory' }) };
  static override flags = {
    force: Flags.boolean({ char: 'f', summary: 'Overwrite an existing file' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DbBackup);
    const runtime = await this.prepare(flags);
    const { backupDatabase } = await import('../../operations/database/backup-database.ts');
    const request = { file: args.file, force: flags.force, dryRun: flags['dry-run'] };
    await this.show(await backupDatabase(request, runtime), databaseBackupView);
  }
}
