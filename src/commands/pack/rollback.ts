import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { rollbackView } from '../../cli/views/pack/rollback.ts';

export default class PackRollback extends BaseCommand {
  static override summary = 'Restore the previous release of a pack.';
  static override description = [
    'Switches to a release that is retained on disk, without using the network or running tests. Verifies the files of the release, its dependencies and its dependents.',
    'The previous release is the one that was current before, because of an installation or a rollback: a second rollback undoes the first. Use --to VERSION for an older release; pack show lists the retained releases.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> pack rollback deploy',
    '<%= config.bin %> pack rollback deploy --to 1.0.0',
    '<%= config.bin %> pack rollback deploy --force --json',
  ];
  static override args = { ref: Args.string({ description: 'The ref of an installed pack', required: true }) };
  static override flags = {
    to: Flags.string({ summary: 'Restore this retained version instead of the previous one', helpValue: 'VERSION' }),
    force: Flags.boolean({ char: 'f', summary: 'Roll back even if a dependency is then unsatisfied' }),
    ...dryRunFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackRollback);
    const runtime = await this.prepare(flags);
    const { rollbackPack } = await import('../../operations/installed/rollback-pack.ts');
    const request = { ref: args.ref, to: flags.to, force: flags.force, dryRun: flags['dry-run'] };
    await this.show(await rollbackPack(request, runtime), rollbackView);
  }
}
