import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { packListView } from '../../cli/views/pack/list.ts';

export default class PackList extends BaseCommand {
  static override summary = 'List the installed packs.';
  static override examples = [
    '<%= config.bin %> pack list',
    '<%= config.bin %> pack list --name slack',
    '<%= config.bin %> pack list --json',
  ];
  static override flags = {
    name: Flags.string({
      char: 'n',
      summary: 'List only packs whose ref or label contains this text',
      helpValue: 'TEXT',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PackList);
    const runtime = await this.prepare(flags);
    const { listPacks } = await import('../../operations/installed/list-packs.ts');
    await this.show(await listPacks(flags, runtime), packListView(flags.name));
  }
}
