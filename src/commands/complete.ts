import { printCandidates } from '../cli/completion/respond.ts';
import { BaseCommand } from '../cli/oclif/base-command.ts';

export default class Complete extends BaseCommand {
  static override hidden = true;
  static override strict = false;
  static override summary = 'Print completion candidates for a command line; called by the completion scripts.';
  static override examples = ['<%= config.bin %> complete fish -- pack ins'];

  /** Does not parse its own arguments: what follows `--` is the command line to complete. */
  async run(): Promise<void> {
    const [shell = '', , ...passed] = this.argv;
    await printCandidates(shell, passed);
  }

  /** Suppresses errors, which a shell would print into the line that is being typed. */
  protected override async catch(): Promise<void> {}
}
