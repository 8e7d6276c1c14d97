import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag } from '../../cli/oclif/flags.ts';
import { archiveView } from '../../cli/views/authoring/archive.ts';

export default class PackArchive extends BaseCommand {
  static override summary = 'Pack a pack into a reproducible archive.';
  static override description =
    'The same files give the same bytes for every user, directory, time zone and umask. In a git checkout, the archive has the tracked files, from the work tree; elsewhere all files but .git. What .attuneignore excludes (in the syntax of .gitignore) is left out. Files have the time SOURCE_DATE_EPOCH, or else the epoch. --format names the format of the archive; for a result in JSON or YAML, pass --json or --yaml.';
  static override examples = [
    '<%= config.bin %> pack archive',
    '<%= config.bin %> pack archive ./my-pack --output dist/my-pack-1.2.0.zip',
    '<%= config.bin %> pack archive ./my-pack --format tar --force --json',
    'SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) <%= config.bin %> pack archive',
  ];
  static override args = { path: Args.string({ description: 'The directory of the pack', default: '.' }) };
  static override flags = {
    output: Flags.string({
      char: 'o',
      summary: 'Write the archive to this file [default: REF-VERSION.tar.gz]',
      helpValue: 'FILE',
    }),
    format: Flags.option({
      options: ['tar.gz', 'zip', 'tar'] as const,
      summary: "Use this format [default: that of the output's suffix, else tar.gz]",
    })(),
    force: Flags.boolean({ char: 'f', summary: 'Replace an existing file with other content' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackArchive);
    const runtime = await this.prepare(flags);
    const { archivePack } = await import('../../operations/archive/archive-pack.ts');
    const { output, format, force } = flags;
    const request = { path: args.path, output, format, force, dryRun: flags['dry-run'] };
    await this.show(await archivePack(request, runtime), archiveView);
  }
}
