import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { databaseBackupView } from '../../cli/views/db.ts';

export default class DbBackup extends BaseCommand {
  static override summary = 'copy the database, while others may use it';
  static override description =
    'Without FILE the copy goes to backups/ in the data directory, named by the time; FILE may be a directory to put it in. It holds what is known of packs and what happened to them, and not their files: restore it with db restore.';
  static override examples = [
    '<%= config.bin %> db backup',
    '<%= config.bin %> db backup /mnt/backup/attune.db --force',
    '<%= config.bin %> db backup /mnt/backup/ --json',
  ];
  static override args = { file: Args.string({ description: 'the file to write, or a directory' }) };
  static override flags = { force: Flags.boolean({ char: 'f', summary: 'also over a file that is there' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DbBackup);
    const runtime = await this.prepare(flags);
    const { backupDatabase } = await import('../../operations/database/backup-database.ts');
    const request = { file: args.file, force: flags.force };
    await this.show(await backupDatabase(request, runtime), databaseBackupView);
  }
}
