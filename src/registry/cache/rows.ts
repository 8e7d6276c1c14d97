import type { IndexedPack, IndexRelease } from '../index/format.ts';

/** The identity of a cached index. It contains no secrets. */
export interface IndexIdentity {
  /** Differs if the content may differ. */
  readonly key: string;
  /** The configured URL without credentials and query, for messages and for `forget`. */
  readonly url: string;
}

/** The identity of an index's bytes. */
export interface IndexStamp {
  /** The SHA-256 in hex. */
  readonly digest: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** The `fileStamp` of a local file, if it is reliable. */
  readonly stamp: string | undefined;
  /** The time when the content was last downloaded or confirmed to be current; milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** An index in the cache. */
export interface CachedIndex extends IndexStamp {
  readonly id: number;
  readonly packs: number;
  /** The number of refs and entries without a ref that are left out because they are invalid. */
  readonly invalid: number;
}

/** An entry that is left out. */
export interface CachedInvalidEntry {
  /** The index in the list of packs, from 0. */
  readonly position: number;
  readonly ref: string | null;
  readonly reason: string;
}

/** An entry as a search result. */
export interface CachedHit {
  /** The `id` of the index. */
  readonly source: number;
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string;
  readonly runtimes: readonly string[];
  /** A lower score is a better match. */
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
  readonly invalid: number;
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
    invalid: row.invalid,
  };
}

export function cachedHit({ source_id, runtimes, ...row }: HitRow, score: number): CachedHit {
  return { ...row, source: source_id, runtimes: JSON.parse(runtimes) as string[], score };
}

/** Serializes the part of an entry that is needed to choose a version and to fetch it. */
export function serializePack(entry: IndexedPack): string {
  return JSON.stringify({ ref: entry.ref, ...releaseOf(entry), releases: entry.releases.map(releaseOf) });
}

/** Parses the output of `serializePack`. Undefined properties, which JSON omits, are restored. */
export function parsePack(document: string): IndexedPack {
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
