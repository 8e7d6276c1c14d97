import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { outputColumns } from '../../cli/text/output-columns.ts';
import { historyView } from '../../cli/views/pack/history.ts';

export default class PackHistory extends BaseCommand {
  static override summary = 'Show installations, changes and removals, with who made them and how to undo them.';
  static override description =
    'Lists the newest event first. UNDO is the command that restores the previous state of the pack, if a retained release or a known source makes that possible. This command itself undoes nothing.';
  static override examples = [
    '<%= config.bin %> pack history',
    '<%= config.bin %> pack history core --json',
    '<%= config.bin %> pack history --limit 10',
  ];
  static override args = { ref: Args.string({ description: 'Show only this pack, whether it is installed or not' }) };
  static override flags = {
    limit: Flags.integer({ char: 'n', summary: 'Show at most this many events', helpValue: 'NUMBER', min: 1 }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackHistory);
    const runtime = await this.prepare(flags);
    const { readHistory } = await import('../../operations/installed/read-history.ts');
    await this.show(await readHistory({ ref: args.ref, limit: flags.limit }, runtime), historyView(outputColumns()));
  }
}
