import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { historyView } from '../../cli/views/history.ts';

export default class PackHistory extends BaseCommand {
  static override summary = 'show what was installed, changed and removed, and by whom';
  static override examples = ['<%= config.bin %> pack history', '<%= config.bin %> pack history core --json'];
  static override args = { ref: Args.string({ description: 'only this pack, installed or not' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackHistory);
    const runtime = await this.prepare(flags);
    const { readHistory } = await import('../../operations/read-history.ts');
    await this.show(await readHistory(args.ref, runtime), historyView);
  }
}
