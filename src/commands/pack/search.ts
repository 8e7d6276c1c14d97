import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { outputColumns } from '../../cli/text/output-columns.ts';
import { searchView } from '../../cli/views/pack/search.ts';

export default class PackSearch extends BaseCommand {
  static override summary = 'Search the registries for packs.';
  static override description =
    'Finds packs that contain all of the words in their ref, label, keywords, description or component names. The last word also matches as a prefix. A pack that several registries have is shown as in the first, from which it would be installed. Without words, lists all packs in the order of their refs.';
  static override examples = [
    '<%= config.bin %> pack search slack',
    '<%= config.bin %> pack search send message --runtime python',
    '<%= config.bin %> pack search deploy --registry official --limit 5 --json',
  ];
  static override strict = false;
  static override args = { words: Args.string({ description: 'The words to search for' }) };
  static override flags = {
    registry: Flags.string({ char: 'r', summary: 'Search only this registry', helpValue: 'NAME' }),
    runtime: Flags.string({ summary: 'Show only packs that require this runtime, such as python' }),
    limit: Flags.integer({
      summary: 'Show at most this many packs',
      helpValue: 'NUMBER',
      default: 20,
      min: 1,
      max: 1000,
    }),
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
