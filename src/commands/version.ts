import { BaseCommand } from '../cli/oclif/base-command.ts';
import { versionDocument, versionLine } from '../cli/version.ts';

export default class Version extends BaseCommand {
  static override summary = 'Print the version of attune.';
  static override description = 'With --json, also prints the commit and the versions of Node.js and SQLite.';
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    await this.prepare(flags);
    await this.show(await versionDocument(), () => `${versionLine()}\n`);
  }
}
