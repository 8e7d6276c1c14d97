import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { outputColumns } from '../../cli/text/output-columns.ts';
import { searchView } from '../../cli/views/registry/search.ts';

export default class PackSearch extends BaseCommand {
  static override summary = 'search the registries for packs';
  static override description =
    'Finds the packs that have all of the words in their ref, label, keywords, description or the names of their components. The last word may be the beginning of one. A pack is shown as the first registry has it, which is the one that it would be installed from.';
  static override examples = [
    '<%= config.bin %> pack search slack',
    '<%= config.bin %> pack search send message --runtime python',
    '<%= config.bin %> pack search deploy --registry official --limit 5 --json',
  ];
  static override strict = false;
  static override args = { words: Args.string({ description: 'what to look for', required: true }) };
  static override flags = {
    registry: Flags.string({ summary: 'ask this registry only' }),
    runtime: Flags.string({ summary: 'only packs that need this runtime, such as python' }),
    limit: Flags.integer({ summary: 'how many are shown at most', default: 20, min: 1, max: 1000 }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(PackSearch);
    const runtime = await this.prepare(flags);
    const { searchPacks } = await import('../../operations/registries/search-packs.ts');
    const request = {
      words: argv as string[],
      registry: flags.registry,
      runtime: flags.runtime,
      limit: flags.limit,
    };
    await this.show(await searchPacks(request, runtime), searchView(outputColumns()));
  }
}
