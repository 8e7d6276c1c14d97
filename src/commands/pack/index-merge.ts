import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { indexMergeView } from '../../cli/views/index/merge.ts';

export default class PackIndexMerge extends BaseCommand {
  static override summary = 'Merge registry indexes into one.';
  static override description =
    'Keeps the highest version of every pack. The name and the URL are those of the first index. The same inputs always produce the same bytes. The output may be one of the inputs.';
  static override examples = [
    '<%= config.bin %> pack index-merge --output merged-index.json a/index.json b/index.json c/index.json',
    '<%= config.bin %> pack index-merge --output index.json --force index.json https://packs.example.com/index.json --on-conflict error',
  ];
  static override strict = false;
  static override args = {
    index: Args.string({
      description: 'The paths or URLs of the indexes, JSON or YAML; - is standard input',
      required: true,
    }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      aliases: ['file'],
      summary: 'Write this file: YAML if its name ends in .yaml or .yml, otherwise JSON',
      helpValue: 'FILE',
      required: true,
    }),
    force: Flags.boolean({ char: 'f', summary: 'Overwrite an existing output file' }),
    'skip-missing': Flags.boolean({ summary: 'Skip files that do not exist' }),
    'on-conflict': Flags.option({
      options: ['first', 'last', 'error'] as const,
      summary: 'Resolve different checksums of the same version in this way',
      helpValue: 'RESOLUTION',
      default: 'first' as const,
    })(),
    ...dryRunFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackIndexMerge);
    const runtime = await this.prepare(flags);
    const { mergeIndexes } = await import('../../operations/index/merge-indexes.ts');
    const request = {
      output: flags.output,
      inputs: argv as string[],
      force: flags.force,
      skipMissing: flags['skip-missing'],
      onConflict: flags['on-conflict'],
      dryRun: flags['dry-run'],
    };
    await this.show(await mergeIndexes(request, runtime), indexMergeView);
  }
}
