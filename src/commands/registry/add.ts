// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in settings.yaml have this form
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { registryAddedView } from '../../cli/views/registry.ts';

export default class RegistryAdd extends BaseCommand {
  static override summary = 'Add a registry to settings.yaml.';
  static override description =
    'Reads the index first and fails if it is unreadable or invalid. Comments and the order of settings.yaml are kept. Write secrets as ${NAME}, in single quotes: they are read from the environment on every request to the registry.';
  static override examples = [
    '<%= config.bin %> registry add official https://packs.example.com/index.json',
    '<%= config.bin %> registry add internal ./registry/index.json --priority 1',
    "<%= config.bin %> registry add private https://packs.example.com/private.json --header 'Authorization: Bearer ${TOKEN}'",
    '<%= config.bin %> registry add later https://packs.example.com/later.json --disabled --offline',
  ];
  static override args = {
    name: Args.string({ description: 'The name of the registry, also for --registry', required: true }),
    url: Args.string({ description: 'The URL or path of its index', required: true }),
  };
  static override flags = {
    priority: Flags.integer({
      summary: 'Set the priority; lower numbers come first [default: 100]',
      helpValue: 'NUMBER',
    }),
    header: Flags.string({
      summary: "Send this header to its server: 'Name: value'",
      multiple: true,
      multipleNonGreedy: true,
    }),
    disabled: Flags.boolean({ summary: 'Use the registry only if --registry names it' }),
    ...dryRunFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RegistryAdd);
    const runtime = await this.prepare(flags);
    const { addRegistry } = await import('../../operations/registries/add-registry.ts');
    const request = {
      ...args,
      priority: flags.priority,
      headers: flags.header ?? [],
      disabled: flags.disabled === true,
      dryRun: flags['dry-run'],
    };
    await this.show(await addRegistry(request, runtime), registryAddedView);
  }
}
