import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexContent, IndexTools } from '../fetch/download-index.ts';
import type { IndexSource } from '../index/format.ts';
import { forEachValidEntry } from '../index/read-index.ts';
import { CacheNotWritable } from './errors.ts';
import type { IndexCache } from './index-cache.ts';
import type { IndexCaches } from './index-caches.ts';
import type { CachedIndex, IndexIdentity, IndexStamp } from './rows.ts';

/** The index contains credentials and must not be written to disk. */
class ContainsCredentials extends Error {}

interface StoredIndex {
  readonly cache: IndexCache;
  readonly index: CachedIndex;
}

/**
 * Reads an index into the cache, entry by entry. It is stored in memory only if the server forbids storing it, if a source
 * contains credentials, or if the cache on disk cannot be changed.
 * @param source the path or URL for messages, and whether the index was read over a network
 * @throws CacheFailure; what `readIndex` throws, and the previous content of the cache is then unchanged
 */
export async function storeIndex(
  content: IndexContent,
  { location, remote }: { readonly location: string; readonly remote: boolean },
  identity: IndexIdentity,
  stamp: IndexStamp,
  { caches, limits, reporter }: Pick<IndexTools, 'limits' | 'reporter'> & { readonly caches: IndexCaches },
): Promise<StoredIndex> {
  const storeIn = async (cache: IndexCache, check: (sources: readonly IndexSource[]) => void): Promise<StoredIndex> => {
    const index = await cache.replace(identity, stamp, (add) =>
      forEachValidEntry(content.bytes, location, limits, reporter, { remote }, (entry) => {
        for (const { installSources } of [entry, ...entry.releases]) check(installSources);
        add(entry);
      }),
    );
    return { cache, index };
  };
  if (content.noStore) return storeIn(caches.inMemory, () => {});
  try {
    return await storeIn(caches.persistent, refuseCredentials);
  } catch (error) {
    if (error instanceof CacheNotWritable) caches.reportNotWritable(error);
    else if (!(error instanceof ContainsCredentials)) throw error;
    return storeIn(caches.inMemory, () => {});
  }
}

/** Refuses credentials in the URL of a source. The user name of an ssh URL is not one. */
function refuseCredentials(sources: readonly IndexSource[]): void {
  if (sources.some(({ url }) => new SafeUrl(url).toString() !== url)) throw new ContainsCredentials();
}
