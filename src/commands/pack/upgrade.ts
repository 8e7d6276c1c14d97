import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import {
  allowWeakChecksumFlag,
  dryRunFlag,
  jobsFlag,
  lockTimeoutFlag,
  testPolicy,
  testPolicyFlags,
} from '../../cli/oclif/flags.ts';
import { planView } from '../../cli/views/pack/plan.ts';
import { upgradeView } from '../../cli/views/pack/upgrade.ts';

export default class PackUpgrade extends BaseCommand {
  static override summary = 'Upgrade installed packs to newer versions.';
  static override description = [
    'Selects the highest versions that the ranges of all installed packs allow. All of them are fetched, verified, tested and installed, or none is. Without REF, upgrades all requested packs and their dependencies. Pinned packs are not changed.',
    'The versions of a pack come from the registry that it was installed from; --registry binds it to another one. A pack from a git branch changes to the tip of the branch. Packs from a tag, a commit, an archive or a directory are not changed.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> pack upgrade',
    '<%= config.bin %> pack upgrade --dry-run',
    '<%= config.bin %> pack upgrade slack jira@^2',
    '<%= config.bin %> pack upgrade slack@1.4.0',
  ];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'Installed packs, optionally with a version or a range, such as slack@^2' }),
  };
  static override flags = {
    ...dryRunFlag,
    registry: Flags.string({ summary: 'Bind the named packs to this registry', helpValue: 'NAME' }),
    force: Flags.boolean({ char: 'f', summary: 'Upgrade even if tests fail' }),
    'skip-tests': Flags.boolean({ summary: 'Do not run tests' }),
    ...testPolicyFlags,
    ...jobsFlag,
    ...allowWeakChecksumFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUpgrade);
    const runtime = await this.prepare(flags);
    const { upgradePacks } = await import('../../operations/upgrade/upgrade-packs.ts');
    const request = {
      ...testPolicy(flags),
      refs: argv as string[],
      registry: flags.registry,
      force: flags.force,
      // oclif leaves an absent flag undefined, regardless of its type, and the receipt prints this one.
      skipTests: flags['skip-tests'] === true,
      allowWeakChecksum: flags['allow-weak-checksum'],
      dryRun: flags['dry-run'],
      jobs: flags.jobs,
    };
    await this.show(await upgradePacks(request, runtime, (plan) => this.preview(plan, planView)), upgradeView);
  }
}
