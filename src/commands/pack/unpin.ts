import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { pinView } from '../../cli/views/pack/pin.ts';

export default class PackUnpin extends BaseCommand {
  static override summary = 'Remove the pins of packs.';
  static override description = 'Later upgrades include the packs again. A pack that is not pinned is left unchanged.';
  static override examples = ['<%= config.bin %> pack unpin deploy', '<%= config.bin %> pack unpin deploy core --json'];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs', required: true }) };
  static override flags = { ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUnpin);
    const runtime = await this.prepare(flags);
    const { pinPacks } = await import('../../operations/installed/pin-pack.ts');
    const request = { refs: argv as string[], pinned: false, dryRun: flags['dry-run'] };
    await this.show(await pinPacks(request, runtime), pinView);
  }
}
