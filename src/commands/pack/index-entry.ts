import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { entryFlags, entryRequest } from '../../cli/oclif/entry-flags.ts';
import { indexEntryView } from '../../cli/views/index/entry.ts';

export default class PackIndexEntry extends BaseCommand {
  static override summary = 'Print the registry index entry of a pack.';
  static override description =
    'Without a source, uses the origin and the commit of the git checkout. Standard output has only the entry, as JSON, or as YAML with --yaml.';
  static override examples = [
    '<%= config.bin %> pack index-entry ./my-pack',
    '<%= config.bin %> pack index-entry ./my-pack -g https://github.com/org/my-pack.git -r v1.2.0',
    '<%= config.bin %> pack index-entry ./my-pack -a https://host/my-pack-1.2.0.tar.gz --archive-file my-pack-1.2.0.tar.gz --yaml',
  ];
  static override args = { path: Args.string({ description: 'The directory of the pack', required: true }) };
  static override flags = entryFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackIndexEntry);
    const runtime = await this.prepare(flags);
    const { buildIndexEntry } = await import('../../operations/index/build-index-entry.ts');
    const { entry } = await buildIndexEntry(entryRequest(args.path, flags), runtime);
    await this.show(entry, indexEntryView(entry));
  }
}
