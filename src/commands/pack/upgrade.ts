import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { planView } from '../../cli/views/pack/plan.ts';
import { upgradeView } from '../../cli/views/pack/upgrade.ts';

export default class PackUpgrade extends BaseCommand {
  static override summary = 'move installed packs to newer versions';
  static override description = [
    'Goes as far up as the ranges of all installed packs allow, in one plan: all of it is fetched, verified, tested and installed, or nothing. Without a REF it is about every pack that was asked for, and what these need. Pinned packs stay.',
    'A pack takes its versions from the registry that it was installed from; --registry binds it to another.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> pack upgrade',
    '<%= config.bin %> pack upgrade --dry-run',
    '<%= config.bin %> pack upgrade slack jira@^2',
    '<%= config.bin %> pack upgrade slack@1.4.0',
  ];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'installed packs, also with a version or a range to go to: slack@^2' }),
  };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'show what would be done' }),
    registry: Flags.string({ summary: 'take the named packs from this registry, now and from now on' }),
    force: Flags.boolean({ char: 'f', summary: 'also in spite of failing tests' }),
    'skip-tests': Flags.boolean({ summary: 'run no tests' }),
    jobs: Flags.integer({ summary: 'how many packs are fetched at a time', default: 4, min: 1, max: 64 }),
    'allow-weak-checksum': Flags.boolean({ summary: 'accept sha1 and md5 checksums' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackUpgrade);
    const runtime = await this.prepare(flags);
    const { upgradePacks } = await import('../../operations/upgrade/upgrade-packs.ts');
    const request = {
      refs: argv as string[],
      registry: flags.registry,
      force: flags.force,
      // oclif leaves a flag that was not given undefined, whatever its type says, and the receipt prints this one.
      skipTests: flags['skip-tests'] === true,
      allowWeakChecksum: flags['allow-weak-checksum'],
      dryRun: flags['dry-run'],
      jobs: flags.jobs,
    };
    await this.show(await upgradePacks(request, runtime, (plan) => this.preview(plan, planView)), upgradeView);
  }
}
