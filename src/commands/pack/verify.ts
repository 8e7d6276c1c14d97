import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { verifyView } from '../../cli/views/pack/verify.ts';

const NOT_AS_INSTALLED = 7;

export default class PackVerify extends BaseCommand {
  static override summary = 'compare installed files with what was recorded of them';
  static override description = [
    'Names every file that was changed, is missing, is there without having been installed, has another mode or cannot be read, and a link of packs/ that leads somewhere else. No link is followed.',
    'The report is printed whatever it says; the exit status is 7 when something differs. pack repair restores what is wrong.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> pack verify',
    '<%= config.bin %> pack verify deploy core --kept',
    '<%= config.bin %> pack verify --json',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'the refs of installed packs; all of them if left out' }) };
  static override flags = {
    kept: Flags.boolean({ summary: 'also the releases that are kept for pack rollback' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackVerify);
    const runtime = await this.prepare(flags);
    const { verifyPacks } = await import('../../operations/repair/verify-packs.ts');
    const report = await verifyPacks({ refs: argv as string[], kept: flags.kept }, runtime);
    await this.show(report, verifyView, report.ok ? 0 : NOT_AS_INSTALLED);
  }
}
