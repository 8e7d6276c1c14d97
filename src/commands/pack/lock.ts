import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { lockView } from '../../cli/views/pack/lock.ts';

export default class PackLock extends BaseCommand {
  static override summary = 'write which packs there are, to the byte, as attune.lock';
  static override description =
    'Without SOURCE: what is installed. With SOURCE: what references of registries and lists of packs come to; versions of the lock that is there are kept where they still fit. The file changes only where its content does.';
  static override examples = [
    '<%= config.bin %> pack lock',
    '<%= config.bin %> pack lock attune.packs.yaml',
    '<%= config.bin %> pack lock slack@^2 jira --output ci/attune.lock',
    '<%= config.bin %> pack lock attune.packs.yaml --check',
  ];
  static override strict = false;
  static override args = {
    source: Args.string({ description: 'the ref of a registry, such as slack@^2, or a list of packs (.yaml)' }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'where it is written', default: 'attune.lock' }),
    check: Flags.boolean({ summary: 'write nothing; exit 3 if it is not what would be written' }),
    upgrade: Flags.boolean({ summary: 'take the newest versions, whatever the lock that is there has' }),
    registry: Flags.string({ summary: 'ask this registry only' }),
    jobs: Flags.integer({ summary: 'how many packs are fetched at a time', default: 4, min: 1, max: 64 }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackLock);
    const runtime = await this.prepare(flags);
    const { lockPacks } = await import('../../operations/lock/lock-packs.ts');
    const { output, check, upgrade, registry, jobs } = flags;
    await this.show(
      await lockPacks({ sources: argv as string[], output, check, upgrade, registry, jobs }, runtime),
      lockView,
    );
  }
}
