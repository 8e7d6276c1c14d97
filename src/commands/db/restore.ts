import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { databaseRestoreView, restoreQuestion } from '../../cli/views/db.ts';

export default class DbRestore extends BaseCommand {
  static override summary = 'put a backup in the place of the database';
  static override description = [
    'The backup is checked first, and brought to the schema of this attune. What was there is kept, also one that is damaged; it is one step, so that whenever it is ended the old database or the new one is there and whole.',
    'Links and releases on the disk follow. Packs whose files are not there any more are listed with what puts them back. On a terminal it asks first.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> db restore /mnt/backup/attune.db --dry-run',
    '<%= config.bin %> db restore /mnt/backup/attune.db --yes',
  ];
  static override args = { file: Args.string({ description: 'a file that db backup wrote', required: true }) };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'check the backup, and only say what would change' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DbRestore);
    const runtime = await this.prepare(flags);
    const { planRestore, restoreFrom } = await import('../../operations/database/restore-database.ts');
    if (flags['dry-run']) return this.show(await planRestore(args.file, runtime), databaseRestoreView);
    if (!flags.yes) await this.confirm(restoreQuestion(await planRestore(args.file, runtime)));
    await this.show(await restoreFrom(args.file, runtime), databaseRestoreView);
  }
}
