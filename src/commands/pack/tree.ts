import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { treeDot, treeMermaid } from '../../cli/views/pack/tree/graph.ts';
import { treeView } from '../../cli/views/pack/tree/tree.ts';

const FORMATS = ['text', 'table', 'json', 'yaml', 'dot', 'mermaid'];
const VIEWS = new Map([
  ['dot', treeDot],
  ['mermaid', treeMermaid],
]);

export default class PackTree extends BaseCommand {
  static override summary = 'Show the dependencies between installed packs.';
  static override description =
    'Starts from the requested packs; packs that are no longer needed come last. (*) marks a pack whose dependencies are shown above. --why reverses the tree: it leads from one pack to the packs that require it.';
  static override examples = [
    '<%= config.bin %> pack tree',
    '<%= config.bin %> pack tree deploy --json',
    '<%= config.bin %> pack tree --why core',
    '<%= config.bin %> pack tree --format dot | dot -Tsvg > packs.svg',
  ];
  static override args = { ref: Args.string({ description: 'Show only this pack and its dependencies' }) };
  static override flags = {
    why: Flags.string({ summary: 'Show the chains of dependencies that lead to this pack', helpValue: 'REF' }),
    format: Flags.string({
      summary: 'Print the tree in this format (table means text)',
      options: FORMATS,
      exclusive: ['json', 'yaml'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackTree);
    const isText = !['json', 'yaml'].includes(flags.format ?? '');
    const runtime = await this.prepare(isText ? { ...flags, format: 'table' } : flags);
    const { packTree } = await import('../../operations/installed/pack-tree.ts');
    const tree = await packTree({ ref: args.ref, why: flags.why }, runtime);
    await this.show(tree, VIEWS.get(flags.format ?? '') ?? treeView);
  }
}
