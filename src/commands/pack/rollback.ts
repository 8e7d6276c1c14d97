import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { rollbackView } from '../../cli/views/pack/rollback.ts';

export default class PackRollback extends BaseCommand {
  static override summary = 'go back to the release of a pack that was installed before';
  static override description = [
    'Points the pack at a release that is kept on the disk: no network, no tests. Its files are compared with what was recorded of them, and what it needs and what needs it is checked.',
    'The release before is the one that was current last, whether by an installation or by a rollback: a second rollback returns to where the first one came from. Further back leads --to VERSION; pack show lists what is kept.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> pack rollback deploy',
    '<%= config.bin %> pack rollback deploy --to 1.0.0',
    '<%= config.bin %> pack rollback deploy --force --json',
  ];
  static override args = { ref: Args.string({ description: 'the ref of an installed pack', required: true }) };
  static override flags = {
    to: Flags.string({ summary: 'this kept version, in place of the one before', helpValue: 'VERSION' }),
    force: Flags.boolean({ char: 'f', summary: 'also where a dependency is then not met' }),
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackRollback);
    const runtime = await this.prepare(flags);
    const { rollbackPack } = await import('../../operations/installed/rollback-pack.ts');
    const request = { ref: args.ref, to: flags.to, force: flags.force };
    await this.show(await rollbackPack(request, runtime), rollbackView);
  }
}
