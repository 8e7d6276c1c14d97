import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { entryFlags, entryRequest } from '../../cli/oclif/entry-flags.ts';
import { indexUpdateView } from '../../cli/views/index/update.ts';

export default class PackIndexUpdate extends BaseCommand {
  static override summary = 'add a pack to a registry index, or replace its entry';
  static override description =
    'Changes that entry and last_updated and leaves every other byte of the file alone. The same pack again changes nothing. Several may run at once on one file.';
  static override examples = [
    '<%= config.bin %> pack index-update --index index.json ./my-pack',
    '<%= config.bin %> pack index-update --index index.json --update ./my-pack -g https://github.com/org/my-pack.git -r v1.2.0',
    '<%= config.bin %> pack index-update --index index.json --create --registry-name House --registry-url https://packs.example.com ./my-pack -a https://packs.example.com/my-pack-1.2.0.tar.gz',
  ];
  static override args = { path: Args.string({ description: 'the directory of the pack', required: true }) };
  static override flags = {
    index: Flags.string({ summary: 'the index, JSON or YAML', required: true }),
    update: Flags.boolean({ summary: 'replace an entry that is there already' }),
    create: Flags.boolean({ summary: 'make the index if there is none' }),
    'registry-name': Flags.string({ summary: 'the name of a new index' }),
    'registry-url': Flags.string({ summary: 'the URL of a new index' }),
    'keep-releases': Flags.boolean({ summary: "keep the version that is replaced among the entry's releases" }),
    ...entryFlags,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackIndexUpdate);
    const runtime = await this.prepare(flags);
    const { updateIndex } = await import('../../operations/index/update-index.ts');
    const request = {
      index: flags.index,
      pack: entryRequest(args.path, flags),
      update: flags.update,
      create: flags.create,
      registryName: flags['registry-name'],
      registryUrl: flags['registry-url'],
      keepReleases: flags['keep-releases'],
      lockTimeoutMs: flags['lock-timeout'] * 1000,
    };
    await this.show(await updateIndex(request, runtime), indexUpdateView);
  }
}
