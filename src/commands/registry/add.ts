// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { registryAddedView } from '../../cli/views/registry/change.ts';

export default class RegistryAdd extends BaseCommand {
  static override summary = 'add a registry to config.yaml';
  static override description =
    'Reads its index first, and adds nothing where that cannot be read or is not valid. Comments and order of config.yaml stay. Write secrets as ${NAME}, in single quotes: they are taken from the environment whenever the registry is asked.';
  static override examples = [
    '<%= config.bin %> registry add official https://packs.example.com/index.json',
    '<%= config.bin %> registry add house ./registry/index.json --priority 1',
    "<%= config.bin %> registry add private https://packs.example.com/private.json --header 'Authorization: Bearer ${TOKEN}'",
    '<%= config.bin %> registry add later https://packs.example.com/later.json --disabled --offline',
  ];
  static override args = {
    name: Args.string({ description: 'what to call it, here and in --registry', required: true }),
    url: Args.string({ description: 'the URL or the path of its index', required: true }),
  };
  static override flags = {
    priority: Flags.integer({ summary: 'the lower number is asked first [default: 100]' }),
    header: Flags.string({ summary: "sent to its server: 'Name: value'", multiple: true, multipleNonGreedy: true }),
    disabled: Flags.boolean({ summary: 'ask it only where --registry names it' }),
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
      lockTimeoutMs: flags['lock-timeout'] * 1000,
    };
    await this.show(await addRegistry(request, runtime), registryAddedView);
  }
}
