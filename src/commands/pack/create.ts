import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { createFlags, createRequest } from '../../cli/oclif/create-flags.ts';
import { dryRunFlag } from '../../cli/oclif/flags.ts';
import { createView } from '../../cli/views/authoring/create.ts';

export default class PackCreate extends BaseCommand {
  static override summary = 'Create a pack that works: with components, tests, a README and a license.';
  static override description =
    'Creates the components that were requested, and those that they refer to: a rule has a trigger and an action. The directory appears complete or not at all.';
  static override examples = [
    '<%= config.bin %> pack create my-pack',
    '<%= config.bin %> pack create my-pack --template python --with action,workflow --author "Ada Lovelace" --license MIT',
    '<%= config.bin %> pack create my-pack --interactive',
    '<%= config.bin %> pack create my-pack --template node --template shell --ci github --dry-run',
  ];
  static override args = { 'new-ref': Args.string({ description: 'The ref of the new pack', required: true }) };
  static override flags = { ...createFlags, ...dryRunFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackCreate);
    const runtime = await this.prepare(flags);
    const { assertNewRef, createPack } = await import('../../operations/create/create-pack.ts');
    const ref = args['new-ref'];
    assertNewRef(ref);
    const given = flags.interactive
      ? await (await import('../../cli/oclif/create-prompts.ts')).promptForDesign(ref, flags)
      : flags;
    await this.show(await createPack(createRequest(ref, given), runtime), createView);
  }
}
