import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { outdatedView } from '../../cli/views/pack/outdated.ts';

export default class PackOutdated extends BaseCommand {
  static override summary = 'Show the installed packs that have newer versions.';
  static override description = [
    'WANTED is the version that pack upgrade would install: the highest one that the ranges of all installed packs allow. LATEST is the highest release in the registry of the pack, or the version at the tip of the git branch that the pack came from.',
    'The exit status is 0 even if packs are outdated. Packs from a tag, a commit, an archive or a directory cannot be upgraded and are listed with the reason.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> pack outdated', '<%= config.bin %> pack outdated slack --json'];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs (all packs if omitted)' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackOutdated);
    const runtime = await this.prepare(flags);
    const { outdatedPacks } = await import('../../operations/upgrade/outdated-packs.ts');
    await this.show(await outdatedPacks(argv as string[], runtime), outdatedView);
  }
}
