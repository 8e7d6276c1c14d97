import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, jobsFlag, lockTimeoutFlag, testPolicy, testPolicyFlags, yesFlag } from '../../cli/oclif/flags.ts';
import { syncQuestion, syncView } from '../../cli/views/pack/sync.ts';

export default class PackSync extends BaseCommand {
  static override summary = 'Install, upgrade and remove packs to match a lock file.';
  static override description =
    'Installs missing packs, upgrades or downgrades others and uninstalls packs that are not in the lock file. All changes are made, or none is. A list of packs (.yaml) stands for the attune.lock next to it, which is written if it is missing or does not satisfy the list. Prompts for confirmation before packs are uninstalled; without a terminal, --yes is required.';
  static override examples = [
    '<%= config.bin %> pack sync',
    '<%= config.bin %> pack sync attune.packs.yaml',
    '<%= config.bin %> pack sync attune.packs.yaml --locked --offline',
    '<%= config.bin %> pack sync attune.lock --dry-run',
    'curl -sS https://example.com/attune.lock | <%= config.bin %> pack sync - --yes',
  ];
  static override args = {
    file: Args.string({
      description:
        'A lock file, or a list of packs (.yaml); - reads either from standard input. If omitted, attune.packs.yaml in the working directory, else attune.lock',
    }),
  };
  static override flags = {
    locked: Flags.boolean({ summary: 'Fail if the lock file is missing or does not satisfy the list of packs' }),
    ...dryRunFlag,
    ...yesFlag,
    'skip-tests': Flags.boolean({ summary: 'Do not run tests or check runtimes' }),
    ...testPolicyFlags,
    ...jobsFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackSync);
    const runtime = await this.prepare(flags);
    const { syncPacks } = await import('../../operations/lock/sync-packs.ts');
    const request = {
      ...testPolicy(flags),
      file: args.file,
      locked: flags.locked,
      jobs: flags.jobs,
      dryRun: flags['dry-run'],
      skipTests: flags['skip-tests'],
      approve: (removed: readonly { readonly ref: string }[]) => this.confirm(syncQuestion(removed), flags),
    };
    await this.show(await syncPacks(request, runtime), syncView);
  }
}
