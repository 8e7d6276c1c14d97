import { answerShell } from '../cli/completion/respond.ts';
import { BaseCommand } from '../cli/oclif/base-command.ts';

export default class Complete extends BaseCommand {
  static override hidden = true;
  static override strict = false;
  static override summary = 'tell a shell what a command line can go on with (the completion scripts call it)';
  static override examples = ['<%= config.bin %> complete fish -- pack ins'];

  /** Nothing is parsed: all behind `--` is somebody else's command line. */
  async run(): Promise<void> {
    const [shell = '', , ...handed] = this.argv;
    await answerShell(shell, handed);
  }

  /** A shell would show it in the midst of what is being typed. */
  protected override async catch(): Promise<void> {}
}
