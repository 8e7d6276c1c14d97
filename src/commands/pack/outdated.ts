import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { outdatedView } from '../../cli/views/pack/outdated.ts';

export default class PackOutdated extends BaseCommand {
  static override summary = 'show which installed packs have newer versions';
  static override description = [
    "WANTED is what pack upgrade would make of a pack: the highest version that the ranges of all installed packs allow. LATEST is the highest release in the pack's registry.",
    'Whatever it finds, it exits with 0. A pack from a path or a URL has no registry to ask.',
  ].join('\n');
  static override examples = ['<%= config.bin %> pack outdated', '<%= config.bin %> pack outdated slack --json'];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs; all of them if left out' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackOutdated);
    const runtime = await this.prepare(flags);
    const { outdatedPacks } = await import('../../operations/upgrade/outdated-packs.ts');
    await this.show(await outdatedPacks(argv as string[], runtime), outdatedView);
  }
}
