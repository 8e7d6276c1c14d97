import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { indexMergeView } from '../../cli/views/index/merge.ts';

export default class PackIndexMerge extends BaseCommand {
  static override summary = 'make one registry index of several';
  static override description =
    'Keeps the highest version of every pack. The first index gives name and URL. The same inputs give the same bytes, and the output may be one of them.';
  static override examples = [
    '<%= config.bin %> pack index-merge --output merged-index.json a/index.json b/index.json c/index.json',
    '<%= config.bin %> pack index-merge --output index.json --force index.json https://packs.example.com/index.json --on-conflict error',
  ];
  static override strict = false;
  static override args = {
    index: Args.string({ description: 'the paths or URLs of indexes, JSON or YAML', required: true }),
  };
  static override flags = {
    output: Flags.string({ summary: 'the file to write; YAML where its name ends so, else JSON', required: true }),
    force: Flags.boolean({ char: 'f', summary: 'replace the output if it exists' }),
    'skip-missing': Flags.boolean({ summary: 'leave out files that do not exist' }),
    'on-conflict': Flags.option({
      options: ['first', 'last', 'error'] as const,
      summary: 'which index counts where the same version has different checksums',
      default: 'first' as const,
    })(),
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
      lockTimeoutMs: flags['lock-timeout'] * 1000,
    };
    await this.show(await mergeIndexes(request, runtime), indexMergeView);
  }
}
