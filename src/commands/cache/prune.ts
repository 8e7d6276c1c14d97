import * as Flags from '@oclif/core/flags';
import { BaseCommand, lockTimeoutFlag } from '../../cli/oclif/base-command.ts';
import { cachePruneView } from '../../cli/views/cache.ts';

export default class CachePrune extends BaseCommand {
  static override summary = 'make the cache smaller';
  static override description = [
    'Without a flag it removes what is of no use any more, and what is more than downloads.cache_bytes of the configuration allows. What was not used for the longest time goes first. All of it can be fetched again; what a process has open stays.',
    '--releases removes releases beyond keep_releases, and those of packs that are not installed. What is installed, what a rollback of that depth needs, and all of a pinned pack stay.',
    '--envs removes environments of packs that are not installed, and those whose requirements have changed since; with --older-than also what was not used for so long, with --all every one. Named without --all and --max-size, --releases and --envs leave the cache as it is.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> cache prune --older-than 30d',
    '<%= config.bin %> cache prune --max-size 500MB',
    '<%= config.bin %> cache prune --all --dry-run',
    '<%= config.bin %> cache prune --releases --json',
    '<%= config.bin %> cache prune --envs --older-than 30d',
  ];
  static override flags = {
    'older-than': Flags.string({ summary: 'what was not used for so long: 45m, 12h, 30d, 2w', helpValue: 'AGE' }),
    'max-size': Flags.string({ summary: 'downloads beyond this: 500MB, 1.5GiB', helpValue: 'SIZE' }),
    all: Flags.boolean({ summary: 'everything in the cache', exclusive: ['older-than', 'max-size'] }),
    releases: Flags.boolean({ summary: 'kept releases that nothing needs' }),
    envs: Flags.boolean({ summary: 'environments for tests that nothing needs' }),
    'dry-run': Flags.boolean({ summary: 'only say what would go' }),
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
