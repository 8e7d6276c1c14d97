import type { IndexedPack, IndexRelease } from '../index/format.ts';

/** Which index it is: what is configured, and where that leads. Nothing in it is secret. */
export interface IndexIdentity {
  /** Differs wherever the content might. */
  readonly key: string;
  /** As configured, without user info and query, for people and for `forget`. */
  readonly url: string;
}

/** What is known of an index's bytes without having them. */
export interface IndexStamp {
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Of a local file (`fileStamp`), where it can be relied on. */
  readonly stamp: string | undefined;
  /** When somebody last made sure that this is what is there; milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** An index in the cache. */
export interface CachedIndex extends IndexStamp {
  readonly id: number;
  readonly packs: number;
}

/** An entry as a search finds it. */
export interface CachedHit {
  /** The index's `id`. */
  readonly source: number;
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
  readonly runtimes: readonly string[];
  /** The lower the better. */
  readonly score: number;
}

export interface SourceRow {
  readonly id: number;
  readonly digest: string;
  readonly etag: string | null;
  readonly last_modified: string | null;
  readonly stamp: string | null;
  readonly fetched_at: number;
  readonly packs: number;
}

export interface HitRow {
  readonly source_id: number;
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
  readonly runtimes: string;
}

export function cachedIndex(row: SourceRow): CachedIndex {
  return {
    id: row.id,
    digest: row.digest,
    etag: row.etag ?? undefined,
    lastModified: row.last_modified ?? undefined,
    stamp: row.stamp ?? undefined,
    fetchedAt: row.fetched_at,
    packs: row.packs,
  };
}

export function cachedHit({ source_id, runtimes, ...row }: HitRow, score: number): CachedHit {
  return { ...row, source: source_id, runtimes: JSON.parse(runtimes) as string[], score };
}

/** An entry of which only what is needed to choose a version and to fetch it is left, as JSON. */
export function documentOf(entry: IndexedPack): string {
  return JSON.stringify({ ref: entry.ref, ...releaseOf(entry), releases: entry.releases.map(releaseOf) });
}

/** What `documentOf` wrote. JSON leaves out what is undefined, and here it is there again. */
export function indexedPack(document: string): IndexedPack {
  const entry = JSON.parse(document) as IndexedPack;
  return { ref: entry.ref, ...releaseOf(entry), releases: entry.releases.map(releaseOf) };
}

function releaseOf(release: IndexRelease): IndexRelease {
  const { attuneVersion, pythonVersion, nodejsVersion, packs } = release.dependencies;
  return {
    version: release.version,
    installSources: release.installSources,
    runtimeDeps: release.runtimeDeps,
    dependencies: { attuneVersion, pythonVersion, nodejsVersion, packs },
    yanked: release.yanked,
    publishedAt: release.publishedAt,
  };
}
