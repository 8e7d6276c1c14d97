import * as Args from '@oclif/core/args';
import { SHELLS, type ShellName } from '../cli/completion/complete.ts';
import { BaseCommand } from '../cli/oclif/base-command.ts';

const NAMES = Object.keys(SHELLS) as ShellName[];

export default class Completion extends BaseCommand {
  static override summary = 'Generate a shell completion script.';
  static override description =
    `Completes commands, flags and their values, installed packs, and the packs and versions in cached registry indexes. Completion does not use the network.

${NAMES.map((name) => `${name}\n${indented(SHELLS[name].installation)}`).join('\n\n')}`;
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/attune.fish',
  ];
  static override args = {
    shell: Args.option({ options: NAMES })({ description: 'The shell to generate the script for', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    await this.prepare(flags);
    const { script } = SHELLS[args.shell];
    await this.show({ shell: args.shell, script }, () => script);
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
