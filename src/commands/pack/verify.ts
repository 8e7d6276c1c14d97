import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { verifyFailure, verifyView } from '../../cli/views/pack/verify.ts';

const INTEGRITY_STATUS = 7;

export default class PackVerify extends BaseCommand {
  static override summary = 'Compare installed files with their recorded checksums.';
  static override description = [
    'Lists every changed, missing, added or unreadable file, changed modes, and links in packs/ with a wrong target. Links are not followed.',
    'What interpreters write next to code (__pycache__/, *.pyc, .pytest_cache/) is listed as generated and is not a difference.',
    'The exit status is 7 if there are differences. Restore the original files with pack repair.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> pack verify',
    '<%= config.bin %> pack verify deploy core --kept',
    '<%= config.bin %> pack verify --json',
  ];
  static override strict = false;
  static override args = { ref: Args.string({ description: 'The refs of installed packs (all packs if omitted)' }) };
  static override flags = {
    kept: Flags.boolean({ summary: 'Also verify the releases that are retained for pack rollback' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackVerify);
    const runtime = await this.prepare(flags);
    const { verifyPacks } = await import('../../operations/repair/verify-packs.ts');
    const report = await verifyPacks({ refs: argv as string[], kept: flags.kept }, runtime);
    await this.show(report, verifyView, report.ok ? 0 : INTEGRITY_STATUS, verifyFailure(report));
  }
}
