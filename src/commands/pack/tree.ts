import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { treeView } from '../../cli/views/pack/tree.ts';
import { treeDot, treeMermaid } from '../../cli/views/pack/tree-graph.ts';

const FORMATS = ['text', 'table', 'json', 'yaml', 'dot', 'mermaid'];
const VIEWS = new Map([
  ['dot', treeDot],
  ['mermaid', treeMermaid],
]);

export default class PackTree extends BaseCommand {
  static override summary = 'show what the installed packs need of each other';
  static override description =
    'Begins with the packs that were asked for; what is left over comes last. (*) marks a pack that is drawn above with what it needs. With --why it is the other way round: from a pack up to what it is there for.';
  static override examples = [
    '<%= config.bin %> pack tree',
    '<%= config.bin %> pack tree deploy --json',
    '<%= config.bin %> pack tree --why core',
    '<%= config.bin %> pack tree --format dot | dot -Tsvg > packs.svg',
  ];
  static override args = { ref: Args.string({ description: 'only this pack and what it needs' }) };
  static override flags = {
    why: Flags.string({ summary: 'the chains that lead to this pack', helpValue: 'REF' }),
    format: Flags.string({
      summary: 'how the tree is printed (table is text)',
      options: FORMATS,
      exclusive: ['json', 'yaml'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackTree);
    const drawn = !['json', 'yaml'].includes(flags.format ?? '');
    const runtime = await this.prepare(drawn ? { ...flags, format: 'table' } : flags);
    const { packTree } = await import('../../operations/installed/pack-tree.ts');
    const tree = await packTree({ ref: args.ref, why: flags.why }, runtime);
    await this.show(tree, VIEWS.get(flags.format ?? '') ?? treeView);
  }
}
