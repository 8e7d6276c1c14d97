import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { dryRunFlag, lockTimeoutFlag } from '../../cli/oclif/flags.ts';
import { cachePruneView } from '../../cli/views/cache.ts';

export default class CachePrune extends BaseCommand {
  static override summary = 'Remove files from the cache.';
  static override description = [
    'Without flags, removes unusable files and the least recently used downloads above the limit downloads.cache_bytes in settings.yaml. Everything in the cache can be downloaded again. Files that a process has open stay.',
    '--releases removes the releases beyond keep_releases and those of packs that are not installed. Installed releases, the releases that pack rollback may need, and all releases of pinned packs stay.',
    '--envs removes the test environments of packs that are not installed and those whose requirements have changed. With --older-than, it also removes environments that were not used for that time; with --all, it removes all of them. Without --all and --max-size, --releases and --envs leave the cache unchanged.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> cache prune --older-than 30d',
    '<%= config.bin %> cache prune --max-size 500MB',
    '<%= config.bin %> cache prune --all --dry-run',
    '<%= config.bin %> cache prune --releases --json',
    '<%= config.bin %> cache prune --envs --older-than 30d',
  ];
  static override flags = {
    'older-than': Flags.string({
      summary: 'Remove files that were not used for this time, such as 45m, 12h, 30d or 2w',
      helpValue: 'AGE',
    }),
    'max-size': Flags.string({
      summary: 'Remove downloads until they fit into this size, such as 500MB or 1.5GiB',
      helpValue: 'SIZE',
    }),
    all: Flags.boolean({ summary: 'Remove everything in the cache', exclusive: ['older-than', 'max-size'] }),
    releases: Flags.boolean({ summary: 'Remove releases that are no longer needed' }),
    envs: Flags.boolean({ summary: 'Remove test environments that are no longer needed' }),
    ...dryRunFlag,
    ...lockTimeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CachePrune);
    const runtime = await this.prepare(flags);
    const [{ pruneCache }, { parseAge, parseSize }] = await Promise.all([
      import('../../operations/cache/prune-cache.ts'),
      import('../../operations/cache/parse-limits.ts'),
    ]);
    const { 'older-than': age, 'max-size': size } = flags;
    const request = {
      olderThanMs: age === undefined ? undefined : parseAge(age),
      maxBytes: size === undefined ? undefined : parseSize(size),
      all: flags.all === true,
      releases: flags.releases,
      envs: flags.envs,
      dryRun: flags['dry-run'],
    };
    await this.show(await pruneCache(request, runtime), cachePruneView);
  }
}
