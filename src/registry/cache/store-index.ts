import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexContent, IndexTools } from '../fetch/download-index.ts';
import type { IndexSource } from '../index/format.ts';
import { readIndexMapped } from '../index/read-index.ts';
import type { IndexCache, IndexCaches } from './index-cache.ts';
import type { CachedIndex, IndexIdentity, IndexStamp } from './rows.ts';
import { CacheFailure } from './statements.ts';

/** The index has a secret in it, so that it must not be written down. */
class ContainsCredentials extends Error {}

interface StoredIndex {
  readonly cache: IndexCache;
  readonly index: CachedIndex;
}

/**
 * Reads an index into the cache, entry by entry. It is in memory only, and gone with the process, where the server asks for
 * that, where a source in it has a login, or where the cache cannot take it.
 * @param location what messages call it
 * @throws what `readIndex` throws; what was in the cache is still there then
 */
export function storeIndex(
  content: IndexContent,
  location: string,
  identity: IndexIdentity,
  stamp: IndexStamp,
  { caches, limits, reporter }: Pick<IndexTools, 'limits' | 'reporter'> & { readonly caches: IndexCaches },
): StoredIndex {
  const into = (cache: IndexCache, refuse: (sources: readonly IndexSource[]) => void): StoredIndex => {
    const index = cache.replace(identity, stamp, (add) => {
      readIndexMapped(
        (entry) => {
          for (const { installSources } of [entry, ...entry.releases]) refuse(installSources);
          add(entry);
        },
        content.bytes,
        location,
        limits,
        reporter,
      );
    });
    return { cache, index };
  };
  if (content.unkept) return into(caches.fleeting, () => {});
  try {
    return into(caches.kept, refuseSecrets);
  } catch (error) {
    if (error instanceof CacheFailure) caches.abandon(error);
    else if (!(error instanceof ContainsCredentials)) throw error;
    return into(caches.fleeting, () => {});
  }
}

/** A login in the address of a source. On ssh the user's name is a part of the address. */
function refuseSecrets(sources: readonly IndexSource[]): void {
  if (sources.some(({ url }) => new SafeUrl(url).toString() !== url)) throw new ContainsCredentials();
}
