import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { syncQuestion, syncView } from '../../cli/views/pack/sync.ts';

export default class PackSync extends BaseCommand {
  static override summary = 'make this machine what a lock says, exactly';
  static override description =
    'Installs what is missing, changes versions up or down, and uninstalls what is not locked: all of it or nothing. A list of packs (.yaml) stands for the attune.lock beside it, which is written anew where it is missing or does not fit. On a terminal it asks before packs go.';
  static override examples = [
    '<%= config.bin %> pack sync attune.lock',
    '<%= config.bin %> pack sync attune.packs.yaml',
    '<%= config.bin %> pack sync attune.packs.yaml --locked --offline',
    '<%= config.bin %> pack sync attune.lock --dry-run',
  ];
  static override args = {
    file: Args.string({ description: 'a lock, or a list of packs (.yaml)', required: true }),
  };
  static override flags = {
    locked: Flags.boolean({ summary: 'resolve nothing: a lock that is missing or does not fit is an error' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be done' }),
    yes: Flags.boolean({ summary: 'do not ask' }),
    'skip-tests': Flags.boolean({ summary: 'run no tests and check no runtimes' }),
    jobs: Flags.integer({ summary: 'how many packs are fetched at a time', default: 4, min: 1, max: 64 }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackSync);
    const runtime = await this.prepare(flags);
    const { syncPacks } = await import('../../operations/lock/sync-packs.ts');
    const request = {
      file: args.file,
      locked: flags.locked,
      jobs: flags.jobs,
      dryRun: flags['dry-run'],
      skipTests: flags['skip-tests'],
      approve: async (removed: readonly { readonly ref: string }[]) => {
        if (!flags.yes) await this.confirm(syncQuestion(removed));
      },
    };
    await this.show(await syncPacks(request, runtime), syncView);
  }
}
