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
import { installView } from '../../cli/views/pack/install.ts';
import { planView } from '../../cli/views/pack/plan.ts';

export default class PackInstall extends BaseCommand {
  static override summary = 'Install packs from directories, archives, git repositories or registries.';
  static override description =
    'Resolves versions, fetches and verifies the packs, checks their dependencies and runs their tests. Tests of packs from a registry or a URL run isolated from the network and from your files, where the system can do that. All packs become visible at once, or none does.';
  static override examples = [
    '<%= config.bin %> pack install ./my-pack',
    '<%= config.bin %> pack install https://github.com/org/pack.git -r v1.2.0',
    '<%= config.bin %> pack install slack@^2 jira --dry-run',
    '<%= config.bin %> pack install pack.tar.gz --checksum sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7',
  ];
  static override strict = false;
  static override args = {
    source: Args.string({ description: 'A path, a URL, or a ref in a registry, such as slack@^2', required: true }),
  };
  static override flags = {
    'ref-spec': Flags.string({
      char: 'r',
      aliases: ['ref'],
      summary: 'Use this branch, tag or commit of a git repository',
      helpValue: 'REF',
    }),
    force: Flags.boolean({ char: 'f', summary: 'Replace an installed version, even if its tests fail' }),
    'skip-tests': Flags.boolean({ summary: 'Do not run tests or check dependencies' }),
    'skip-deps': Flags.boolean({ summary: 'Do not check dependencies' }),
    env: Flags.boolean({ summary: 'Also install the packages in requirements.txt and package-lock.json' }),
    registry: Flags.string({ summary: 'Use only this registry', helpValue: 'NAME', exclusive: ['no-registry'] }),
    'no-registry': Flags.boolean({ summary: 'Do not use registries, not even for dependencies' }),
    checksum: Flags.string({ summary: 'Require this checksum, algorithm:hex, of the archive or directory' }),
    type: Flags.option({
      options: ['git', 'archive', 'directory', 'registry'] as const,
      summary: 'Treat SOURCE as this type, regardless of its form',
    })(),
    ...dryRunFlag,
    ...testPolicyFlags,
    ...jobsFlag,
    'skip-existing': Flags.boolean({ summary: 'Skip packs that are already installed' }),
    ...allowWeakChecksumFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackInstall);
    const runtime = await this.prepare(flags);
    const { installPacks } = await import('../../operations/install/install-packs.ts');
    // oclif leaves an absent flag undefined, regardless of its type, and the receipt prints these two.
    const skipTests = flags['skip-tests'] === true;
    const skipDependencies = skipTests || flags['skip-deps'] === true;
    const request = {
      ...testPolicy(flags),
      sources: argv as string[],
      refSpec: flags['ref-spec'],
      type: flags.type,
      checksum: flags.checksum,
      allowWeakChecksum: flags['allow-weak-checksum'],
      registry: flags.registry,
      useRegistries: !flags['no-registry'],
      force: flags.force,
      skipTests,
      env: flags.env,
      skipDependencies,
      skipExisting: flags['skip-existing'],
      dryRun: flags['dry-run'],
      jobs: flags.jobs,
    };
    await this.show(await installPacks(request, runtime, (plan) => this.preview(plan, planView)), installView);
  }
}
