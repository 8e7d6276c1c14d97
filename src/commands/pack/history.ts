import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { historyView } from '../../cli/views/pack/history.ts';

export default class PackHistory extends BaseCommand {
  static override summary = 'show what was installed, changed and removed, by whom, and how to undo it';
  static override description =
    'The newest comes first. UNDO is the command that makes the pack what it was before, where what is still kept or a source that is known gives that; nothing is undone by this command.';
  static override examples = [
    '<%= config.bin %> pack history',
    '<%= config.bin %> pack history core --json',
    '<%= config.bin %> pack history --limit 10',
  ];
  static override args = { ref: Args.string({ description: 'only this pack, installed or not' }) };
  static override flags = { limit: Flags.integer({ char: 'n', summary: 'only the newest so many', min: 1 }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackHistory);
    const runtime = await this.prepare(flags);
    const { readHistory } = await import('../../operations/installed/read-history.ts');
    await this.show(await readHistory({ ref: args.ref, limit: flags.limit }, runtime), historyView);
  }
}
