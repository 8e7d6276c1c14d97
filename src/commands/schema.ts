import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/oclif/base-command.ts';

export default class Schema extends BaseCommand {
  static override summary = 'print the JSON Schema of a registry index, of attune.lock or of pack.yaml';
  static override description = 'For editors, which then complete the fields, explain them and mark what is wrong.';
  static override examples = [
    '<%= config.bin %> schema pack > pack.schema.json',
    '<%= config.bin %> schema index > index.schema.json',
  ];
  static override args = {
    document: Args.option({ options: ['index', 'lock', 'pack'] as const })({
      description: 'which one',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Schema);
    await this.prepare(flags);
    const { showSchema } = await import('../operations/about/show-schema.ts');
    // It is JSON in every format but YAML: nothing else would be of use.
    await this.show(showSchema(args.document), (schema) => `${JSON.stringify(schema, null, 2)}\n`);
  }
}
