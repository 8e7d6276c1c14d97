import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { entryFlags, entryRequest } from '../../cli/oclif/entry-flags.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { indexUpdateView } from '../../cli/views/index/update.ts';

export default class PackIndexUpdate extends BaseCommand {
  static override summary = 'Add a pack to a registry index, or replace its entry.';
  static override description =
    'Changes only the entry of the pack and last_updated; every other byte of the file stays. A second run with the same pack changes nothing. Several processes may update the same file concurrently.';
  static override examples = [
    '<%= config.bin %> pack index-update --index index.json ./my-pack',
    '<%= config.bin %> pack index-update --index index.json --update ./my-pack -g https://github.com/org/my-pack.git -r v1.2.0',
    '<%= config.bin %> pack index-update --index index.json --create --registry-name Internal --registry-url https://packs.example.com ./my-pack -a https://packs.example.com/my-pack-1.2.0.tar.gz',
  ];
  static override args = { path: Args.string({ description: 'The directory of the pack', required: true }) };
  static override flags = {
    index: Flags.string({ char: 'i', summary: 'Update this index, JSON or YAML', helpValue: 'FILE', required: true }),
    update: Flags.boolean({ char: 'u', summary: 'Replace an existing entry' }),
    create: Flags.boolean({ summary: 'Create the index if it does not exist' }),
    'registry-name': Flags.string({ summary: 'Set the registry name of a new index', helpValue: 'NAME' }),
    'registry-url': Flags.string({ summary: 'Set the registry URL of a new index', helpValue: 'URL' }),
    'keep-releases': Flags.boolean({ summary: 'Keep the lower version among the releases of the entry' }),
    'allow-downgrade': Flags.boolean({
      summary: 'Let --update replace a newer version',
      exclusive: ['keep-releases'],
    }),
    ...entryFlags,
    ...dryRunFlag,
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
      allowDowngrade: flags['allow-downgrade'],
      dryRun: flags['dry-run'],
    };
    await this.show(await updateIndex(request, runtime), indexUpdateView);
  }
}
