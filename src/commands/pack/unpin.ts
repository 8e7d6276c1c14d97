import * as Args from '@oclif/core/args';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { pinView } from '../../cli/views/pack/pin.ts';

export default class PackUnpin extends BaseCommand {
  static override summary = 'let pinned packs move again';
  static override description =
    'From then on an upgrade moves them as any other pack. What is not pinned stays as it is.';
  static override examples = ['<%= config.bin %> pack unpin deploy', '<%= config.bin %> pack unpin deploy core --json'];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs', required: true }) };
  static override flags = lockTimeoutFlag;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUnpin);
    const runtime = await this.prepare(flags);
    const { pinPacks } = await import('../../operations/installed/pin-pack.ts');
    await this.show(await pinPacks({ refs: argv as string[], pinned: false }, runtime), pinView);
  }
}
