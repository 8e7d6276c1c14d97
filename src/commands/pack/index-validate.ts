import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { indexValidationFailure, indexValidationView } from '../../cli/views/index/validation.ts';

const INVALID = 3;

export default class PackIndexValidate extends BaseCommand {
  static override summary = 'Report all errors in a registry index.';
  static override description =
    'The exit status is 3 if there are errors. The profile standard is what the public index accepts; local also accepts http, ssh, file and relative URLs, tags, branches and releases.';
  static override examples = [
    '<%= config.bin %> pack index-validate index.json',
    '<%= config.bin %> pack index-validate https://packs.example/index.json --profile standard',
    '<%= config.bin %> pack index-validate index.json --check-sources --jobs 8 --json',
  ];
  static override args = {
    index: Args.string({ description: 'The path or URL of an index; - is standard input', required: true }),
  };
  static override flags = {
    profile: Flags.option({
      options: ['standard', 'local'] as const,
      summary: 'Validate against this profile',
      default: 'local' as const,
    })(),
    'check-sources': Flags.boolean({
      summary: 'Fetch every source and compare it with its checksum and its entry',
    }),
    jobs: Flags.integer({
      summary: 'Number of sources to fetch concurrently',
      helpValue: 'NUMBER',
      default: 4,
      min: 1,
      max: 64,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackIndexValidate);
    const runtime = await this.prepare(flags);
    const { validateIndexFile } = await import('../../operations/index/validate-index.ts');
    const report = await validateIndexFile(
      { index: args.index, profile: flags.profile, checkSources: flags['check-sources'], jobs: flags.jobs },
      runtime,
    );
    await this.show(report, indexValidationView, report.valid ? 0 : INVALID, indexValidationFailure(report));
  }
}
