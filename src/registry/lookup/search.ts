/**
 * Search over the registries. A pack is found in the registry that would install it: the first one that has the ref, even
 * if only another registry's entry matches the search terms.
 */

import type { CachedHit } from '../cache/rows.ts';
import type { OpenIndex } from './fetch-index.ts';

export interface Search {
  /** The search terms as typed; without any, all packs are found, in the order of their refs. */
  readonly terms: readonly string[];
  /** Filters packs by their runtimes. */
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
  /** Best match first. */
  readonly hits: readonly SearchHit[];
  /** True if there are more hits than the limit. */
  readonly more: boolean;
}

/** A registry whose index is open. */
export interface SearchedIndex extends OpenIndex {
  readonly name: string;
}

/** The maximum number of hits with equal scores that are sorted by ref; the order of more hits is unspecified. */
const MAX_TIED = 200;

/** @param indexes in query order @throws CacheFailure */
export function searchIndexes(indexes: readonly SearchedIndex[], search: Search): SearchResult {
  const { terms, accepts, limit } = search;
  if (terms.length === 0) return listIndexes(indexes, search);
  const query = searchQuery(terms);
  if (query === undefined) return { hits: [], more: false };
  const isAccepted = (hit: CachedHit) => accepts?.(hit.runtimes) ?? true;
  const exact = [...exactHit(indexes, typedRef(terms))].filter(({ hit }) => isAccepted(hit));
  const taken = new Set(exact.map(({ hit }) => hit.ref));
  const others = [...new Set(indexes.map(({ cache }) => cache))].flatMap((cache) => {
    const orderById = new Map<number, number>();
    // Two registries may share one index; the first of them counts.
    for (const [order, one] of [...indexes.entries()].reverse())
      if (one.cache === cache) orderById.set(one.index.id, order);
    const found: Found[] = [];
    for (const hit of cache.search(query)) {
      if (isComplete(found, hit, limit)) break;
      const order = orderById.get(hit.source);
      if (order === undefined || taken.has(hit.ref) || !isAccepted(hit)) continue;
      if (isShadowed(indexes.slice(0, order), hit.ref)) continue;
      taken.add(hit.ref);
      found.push({ hit, registry: indexes[order]!.name });
    }
    return found;
  });
  const all = [...exact, ...others.sort(byScore)];
  return { hits: all.slice(0, limit).map(searchHit), more: all.length > limit };
}

/** Lists the packs of all indexes. From each index, no more entries are read than the limit requires. */
function listIndexes(indexes: readonly SearchedIndex[], { accepts, limit }: Search): SearchResult {
  const found = indexes.flatMap(({ cache, index, name }, order) => {
    const own: Found[] = [];
    for (const hit of cache.list(index)) {
      if (own.length > limit) break;
      if ((accepts?.(hit.runtimes) ?? true) && !isShadowed(indexes.slice(0, order), hit.ref))
        own.push({ hit, registry: name });
    }
    return own;
  });
  return { hits: found.sort(byScore).slice(0, limit).map(searchHit), more: found.length > limit };
}

interface Found {
  readonly hit: CachedHit;
  readonly registry: string;
}

function* exactHit(indexes: readonly SearchedIndex[], ref: string): Generator<Found> {
  for (const { cache, index, name } of indexes) {
    const hit = cache.hit(index, ref);
    if (hit === undefined && !cache.has(index, ref)) continue;
    if (hit) yield { hit, registry: name };
    return;
  }
}

/** Checks whether there is one hit more than the limit, and all hits with the same score as the last of them. */
function isComplete(found: readonly Found[], { score }: CachedHit, limit: number): boolean {
  const last = found[limit];
  return last !== undefined && (score > last.hit.score || found.length > limit + MAX_TIED);
}

function isShadowed(earlier: readonly SearchedIndex[], ref: string): boolean {
  return earlier.some(({ cache, index }) => cache.has(index, ref));
}

function byScore({ hit: one }: Found, { hit: other }: Found): number {
  return one.score - other.score || (one.ref < other.ref ? -1 : 1);
}

function searchHit({ hit: { ref, version, label, description }, registry }: Found): SearchHit {
  return { registry, ref, version, label, description };
}

/** Sequences of letters and digits. The tokenizer of the index splits text in the same way. */
const TOKENS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/**
 * Builds an FTS5 query: all terms must occur, the tokens of one term (`foo-bar`) must be adjacent, and the last token may
 * be a prefix unless it is a single letter, which would match half of all words. No part of the input is interpreted as
 * FTS5 syntax: it is split into tokens, which are quoted.
 * @returns `undefined` if there is no letter or digit
 */
export function searchQuery(terms: readonly string[]): string | undefined {
  const phrases = terms
    .flatMap((text) => text.split(/\s+/))
    .map((term) => term.match(TOKENS)?.join(' '))
    .filter((phrase) => phrase !== undefined);
  const last = phrases.at(-1)?.split(' ').at(-1);
  if (last === undefined) return undefined;
  return phrases.map((phrase) => `"${phrase}"`).join(' AND ') + ([...last].length > 1 ? ' *' : '');
}

/** Returns the search terms as a ref. */
export function typedRef(terms: readonly string[]): string {
  return terms.join(' ').trim().split(/\s+/).join('-').toLowerCase();
}
