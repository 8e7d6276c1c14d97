import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { installView } from '../../cli/views/pack/install.ts';
import { planView } from '../../cli/views/pack/plan.ts';

export default class PackInstall extends BaseCommand {
  static override summary = 'install packs from directories, archives, git repositories or registries';
  static override description =
    'Resolves, fetches, verifies, checks dependencies, runs the tests, and only then makes the packs visible: all of them or none.';
  static override examples = [
    '<%= config.bin %> pack install ./my-pack',
    '<%= config.bin %> pack install https://github.com/org/pack.git -r v1.2.0',
    '<%= config.bin %> pack install slack@^2 jira --dry-run',
    '<%= config.bin %> pack install pack.tar.gz --checksum sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7',
  ];
  static override strict = false;
  static override args = {
    source: Args.string({ description: 'a path, a URL, or the ref of a registry, such as slack@^2', required: true }),
  };
  static override flags = {
    'ref-spec': Flags.string({ char: 'r', aliases: ['ref'], summary: 'git: a branch, a tag or a commit' }),
    force: Flags.boolean({ char: 'f', summary: 'replace what is installed, also in spite of failing tests' }),
    'skip-tests': Flags.boolean({ summary: 'run no tests and check no dependencies' }),
    'skip-deps': Flags.boolean({ summary: 'check no dependencies' }),
    env: Flags.boolean({ summary: 'also install the packages that requirements.txt and package-lock.json name' }),
    registry: Flags.string({ summary: 'ask this registry only', exclusive: ['no-registry'] }),
    'no-registry': Flags.boolean({ summary: 'ask no registry, not even for dependencies' }),
    checksum: Flags.string({ summary: 'what the archive or directory must have: algorithm:hex' }),
    type: Flags.option({
      options: ['git', 'archive', 'directory', 'registry'] as const,
      summary: 'what SOURCE is, whatever it looks like',
    })(),
    'dry-run': Flags.boolean({ summary: 'show what would be done' }),
    jobs: Flags.integer({ summary: 'how many packs are fetched at a time', default: 4, min: 1, max: 64 }),
    'skip-existing': Flags.boolean({ summary: 'leave what is installed as it is, and call that success' }),
    'allow-weak-checksum': Flags.boolean({ summary: 'accept sha1 and md5 checksums' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackInstall);
    const runtime = await this.prepare(flags);
    const { installPacks } = await import('../../operations/install/install-packs.ts');
    // oclif leaves a flag that was not given undefined, whatever its type says, and the receipt prints these two.
    const skipTests = flags['skip-tests'] === true;
    const skipDependencies = skipTests || flags['skip-deps'] === true;
    const request = {
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
