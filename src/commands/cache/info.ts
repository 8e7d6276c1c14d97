import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { cacheInfoView } from '../../cli/views/cache.ts';

export default class CacheInfo extends BaseCommand {
  static override summary = 'Show the size of the cache and of the data directory.';
  static override description =
    'Lists the sections of the cache with their sizes and ages and, of the data directory, the retained releases, the test environments and the database backups.';
  static override examples = ['<%= config.bin %> cache info', '<%= config.bin %> cache info --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheInfo);
    const runtime = await this.prepare(flags);
    const { cacheInfo } = await import('../../operations/cache/cache-info.ts');
    await this.show(await cacheInfo(runtime), cacheInfoView);
  }
}
