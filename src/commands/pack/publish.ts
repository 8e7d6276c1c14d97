import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { publishFlags, publishRequest } from '../../cli/oclif/publish-flags.ts';
import { publishView } from '../../cli/views/authoring/publish.ts';

export default class PackPublish extends BaseCommand {
  static override summary = 'Publish a version of a pack: check, test, archive, and add it to a registry.';
  static override description =
    'Requires a clean work tree whose commit has the tag v<version>, or <ref>-v<version> for a pack in a subdirectory. Writes the tag, the archive and the index in this order; a second run continues after a failure, and publishing the same content again changes nothing. When the repository of the registry has moved, the change is made again on the new content.';
  static override examples = [
    '<%= config.bin %> pack publish --registry-repo https://git.example.com/packs/registry.git --git-only --tag',
    '<%= config.bin %> pack publish ./my-pack --index index.json --archive-dir dist --archive-url https://packs.example.com/{ref}/{ref}-{version}.tar.gz',
    '<%= config.bin %> pack publish --registry-repo git@git.example.com:packs/registry.git --branch main --index-path index.json --git-only --dry-run',
  ];
  static override args = { path: Args.string({ description: 'The directory of the pack', default: '.' }) };
  static override flags = { ...publishFlags, ...dryRunFlag, ...lockTimeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackPublish);
    const runtime = await this.prepare(flags);
    const { publishPack } = await import('../../operations/publish/publish-pack.ts');
    const result = await publishPack(publishRequest(args.path, flags), runtime);
    await this.show(result, publishView(result));
  }
}
