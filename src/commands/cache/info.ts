import { BaseCommand } from '../../cli/oclif/base-command.ts';
import { cacheInfoView } from '../../cli/views/cache.ts';

export default class CacheInfo extends BaseCommand {
  static override summary = 'what the cache holds, and what else takes space';
  static override description =
    'Of the cache its rooms with sizes and ages; of the data directory the releases that are kept beside those that are installed, environments for tests, and copies of the database.';
  static override examples = ['<%= config.bin %> cache info', '<%= config.bin %> cache info --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheInfo);
    const runtime = await this.prepare(flags);
    const { cacheInfo } = await import('../../operations/cache/cache-info.ts');
    await this.show(await cacheInfo(runtime), cacheInfoView);
  }
}
