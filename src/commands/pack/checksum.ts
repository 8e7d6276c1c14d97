import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { checksumView } from '../../cli/views/pack/checksum.ts';

export default class PackChecksum extends BaseCommand {
  static override summary = 'Print the checksum of a pack directory, an archive or a file.';
  static override examples = [
    '<%= config.bin %> pack checksum ./my-pack',
    '<%= config.bin %> pack checksum my-pack.tar.gz --verify sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7',
    '<%= config.bin %> pack checksum ./my-pack --files',
    'curl -sS https://example.com/my-pack.tar.gz | <%= config.bin %> pack checksum -',
  ];
  static override args = {
    path: Args.string({ description: 'A directory, an archive or any file; - reads standard input', required: true }),
  };
  static override flags = {
    algorithm: Flags.option({
      options: ['sha256', 'sha512'] as const,
      summary: 'Use this hash algorithm',
      default: 'sha256' as const,
    })(),
    verify: Flags.string({ summary: 'Fail if the checksum is not this one', helpValue: 'CHECKSUM' }),
    files: Flags.boolean({ summary: 'Also print the checksum of every file' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackChecksum);
    const runtime = await this.prepare(flags);
    const { checksumPath } = await import('../../operations/checksum/checksum-path.ts');
    const request = { path: args.path, algorithm: flags.algorithm, expected: flags.verify, listFiles: flags.files };
    await this.show(await checksumPath(request, runtime), checksumView);
  }
}
