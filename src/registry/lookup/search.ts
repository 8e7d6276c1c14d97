/**
 * Searching the registries. A pack is found in the registry that would install it: the first that has the ref, whether or
 * not its words are there that match.
 */

import type { CachedHit } from '../cache/rows.ts';
import type { OpenIndex } from './fetch-index.ts';
import { searchQuery, typedRef } from './search-query.ts';

export interface Search {
  /** As they were typed. */
  readonly words: readonly string[];
  /** Whether a pack with these runtimes is wanted. */
  readonly accepts?: ((runtimes: readonly string[]) => boolean) | undefined;
  readonly limit: number;
}

export interface SearchHit {
  readonly registry: string;
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
}

export interface SearchResult {
  /** The best first. */
  readonly hits: readonly SearchHit[];
  /** There are others. */
  readonly more: boolean;
}

/** A registry whose index is open. */
export interface SearchedIndex extends OpenIndex {
  readonly name: string;
}

/** So many that fit equally well are compared by ref; which of more come first is left to chance. */
const MOST_TIED = 200;

/** @param indexes in the order in which they are asked; @throws CacheFailure */
export function searchIndexes(indexes: readonly SearchedIndex[], { words, accepts, limit }: Search): SearchResult {
  const query = searchQuery(words);
  if (query === undefined) return { hits: [], more: false };
  const wanted = (hit: CachedHit) => accepts?.(hit.runtimes) ?? true;
  const exact = [...exactHit(indexes, typedRef(words))].filter(({ hit }) => wanted(hit));
  const taken = new Set(exact.map(({ hit }) => hit.ref));
  const others = [...new Set(indexes.map(({ cache }) => cache))].flatMap((cache) => {
    const own = new Map<number, number>();
    // Two registries may have one index; the first of them counts.
    for (const [order, one] of [...indexes.entries()].reverse()) if (one.cache === cache) own.set(one.index.id, order);
    const found: Found[] = [];
    for (const hit of cache.search(query)) {
      if (isEnough(found, hit, limit)) break;
      const order = own.get(hit.source);
      if (order === undefined || taken.has(hit.ref) || !wanted(hit)) continue;
      if (isShadowed(indexes.slice(0, order), hit.ref)) continue;
      taken.add(hit.ref);
      found.push({ hit, registry: indexes[order]!.name });
    }
    return found;
  });
  const all = [...exact, ...others.sort(byRank)];
  return { hits: all.slice(0, limit).map(searchHit), more: all.length > limit };
}

interface Found {
  readonly hit: CachedHit;
  readonly registry: string;
}

function* exactHit(indexes: readonly SearchedIndex[], ref: string): Generator<Found> {
  for (const { cache, index, name } of indexes) {
    const hit = cache.hit(index, ref);
    if (hit === undefined) continue;
    yield { hit, registry: name };
    return;
  }
}

/** One more than is wanted, and all that are as good as the last of them. */
function isEnough(found: readonly Found[], { score }: CachedHit, limit: number): boolean {
  const last = found[limit];
  return last !== undefined && (score > last.hit.score || found.length > limit + MOST_TIED);
}

function isShadowed(earlier: readonly SearchedIndex[], ref: string): boolean {
  return earlier.some(({ cache, index }) => cache.has(index, ref));
}

function byRank({ hit: one }: Found, { hit: other }: Found): number {
  return one.score - other.score || (one.ref < other.ref ? -1 : 1);
}

function searchHit({ hit: { ref, version, label, description }, registry }: Found): SearchHit {
  return { registry, ref, version, label, description };
}
