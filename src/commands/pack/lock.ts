import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, jobsFlag, lockTimeoutFlag, registryFlag } from '../../cli/oclif/flags.ts';
import { lockView } from '../../cli/views/pack/lock.ts';

export default class PackLock extends BaseCommand {
  static override summary = 'Write attune.lock with exact versions and checksums.';
  static override description =
    'Without SOURCE, locks the installed packs: packs from git with their URL and commit, packs from archives with their URL and digest. With SOURCE, resolves refs and lists of packs against the registries; versions in an existing lock file are kept if they still satisfy the requirements. The file is written only if its content changes.';
  static override examples = [
    '<%= config.bin %> pack lock',
    '<%= config.bin %> pack lock attune.packs.yaml',
    '<%= config.bin %> pack lock slack@^2 jira --output ci/attune.lock',
    '<%= config.bin %> pack lock attune.packs.yaml --check',
  ];
  static override strict = false;
  static override args = {
    source: Args.string({ description: 'A ref in a registry, such as slack@^2, or a list of packs (.yaml)' }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'Write this file', helpValue: 'FILE', default: 'attune.lock' }),
    check: Flags.boolean({ summary: 'Write nothing, and exit with 3 if the file is not up to date' }),
    upgrade: Flags.boolean({ summary: 'Use the newest versions, regardless of an existing lock file' }),
    ...dryRunFlag,
    ...registryFlag,
    ...jobsFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackLock);
    const runtime = await this.prepare(flags);
    const { lockPacks } = await import('../../operations/lock/lock-packs.ts');
    const { output, check, upgrade, registry, jobs, 'dry-run': dryRun } = flags;
    await this.show(
      await lockPacks({ sources: argv as string[], output, check, upgrade, registry, jobs, dryRun }, runtime),
      lockView,
    );
  }
}
