import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { pinView } from '../../cli/views/pack/pin.ts';

export default class PackPin extends BaseCommand {
  static override summary = 'Pin packs to their installed versions.';
  static override description =
    'A pinned pack is not changed by pack upgrade and pack autoremove. A rollback of the pack changes its version, and it stays pinned.';
  static override examples = ['<%= config.bin %> pack pin deploy', '<%= config.bin %> pack pin deploy core --json'];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs', required: true }) };
  static override flags = { ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackPin);
    const runtime = await this.prepare(flags);
    const { pinPacks } = await import('../../operations/installed/pin-pack.ts');
    const request = { refs: argv as string[], pinned: true, dryRun: flags['dry-run'] };
    await this.show(await pinPacks(request, runtime), pinView);
  }
}
