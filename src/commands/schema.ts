import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/oclif/base-command.ts';

export default class Schema extends BaseCommand {
  static override summary =
    'Print the JSON Schema of a registry index, attune.lock, pack.yaml or a line of --progress json.';
  static override description = 'With the schema, editors complete and explain fields and mark errors.';
  static override examples = [
    '<%= config.bin %> schema pack > pack.schema.json',
    '<%= config.bin %> schema index > index.schema.json',
  ];
  static override args = {
    document: Args.option({ options: ['index', 'lock', 'pack', 'progress'] as const })({
      description: 'The document to describe',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Schema);
    await this.prepare(flags);
    const { showSchema } = await import('../operations/about/show-schema.ts');
    // JSON is the output in every format except YAML.
    await this.show(showSchema(args.document), (schema) => `${JSON.stringify(schema, null, 2)}\n`);
  }
}
