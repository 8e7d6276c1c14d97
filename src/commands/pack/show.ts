import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { packView } from '../../cli/views/pack/show.ts';

export default class PackShow extends BaseCommand {
  static override summary = 'Show the details of a pack: what is installed, or what the registries have.';
  static override examples = ['<%= config.bin %> pack show core', '<%= config.bin %> pack show core --json'];
  static override args = { ref: Args.string({ description: 'The ref of a pack', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackShow);
    const runtime = await this.prepare(flags);
    const { showPack } = await import('../../operations/installed/show-pack.ts');
    await this.show(await showPack(args.ref, runtime), packView);
  }
}
