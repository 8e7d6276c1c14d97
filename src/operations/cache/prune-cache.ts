/**
 * Prunes the cache, least recently used files first. Every cached file may be removed: a process that is reading it is
 * not disturbed, and other processes download it again. Files that were used after they were selected are kept, and so
 * is the index cache while a process is writing to it. Releases and environments are only removed on request.
 */
import { join } from 'node:path';
import { diskUsageOf, type FileUsage } from '../../platform/files/disk-usage.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { ContentCache } from '../../sources/cache/content-cache.ts';
import type { CachedArchive, DownloadCache } from '../../sources/cache/download-cache.ts';
import type { Runtime } from '../runtime.ts';
import { type CacheSection, filesInSection, indexFiles } from './cache-sections.ts';
import {
  type DataPruneRequest,
  type PrunedEnvironment,
  type PrunedEnvironments,
  type PrunedRelease,
  pruneEnvironments,
  pruneReleases,
} from './prune-data.ts';

export interface PruneRequest extends DataPruneRequest {
  /** The maximum size of all downloads; `undefined` for the configured limit. */
  readonly maxBytes: number | undefined;
  /** Everything in the cache. */
  readonly all: boolean;
  /** Also prune stored releases that are no longer needed. */
  readonly releases: boolean;
  /** Also prune test environments that are no longer needed. */
  readonly envs: boolean;
}

export interface PrunedSection {
  readonly name: CacheSection;
  readonly files: number;
  readonly bytes: number;
  /** The earliest last use of a removed file, ISO 8601 in UTC. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

interface PruneOutcome {
  readonly path: string;
  /** The sections of the cache in which files were removed. */
  readonly rooms: readonly PrunedSection[];
  readonly releases: readonly PrunedRelease[];
  readonly environments: readonly PrunedEnvironment[];
  /** The total size of everything that was removed. */
  readonly bytes: number;
  /** Descriptions of what was not removed because a process is using it. */
  readonly in_use: readonly string[];
}

export type PruneReceipt = PruneOutcome & ({ readonly success: true } | { readonly dry_run: true });

type Tools = Pick<Runtime, 'paths' | 'config' | 'store' | 'clock' | 'downloads'>;

const NO_ENVIRONMENTS: PrunedEnvironments = { removed: [], inUse: [] };

/** @throws FileError if the cache is unreadable; with `releases`, WriterBusy and DatabaseError */
export async function pruneCache(request: PruneRequest, runtime: Tools): Promise<PruneReceipt> {
  const { path, rooms, inUse } = includesCache(request)
    ? await pruneSections(request, runtime)
    : { path: runtime.paths.cache, rooms: [], inUse: [] };
  const releases = request.releases ? await pruneReleases(request, runtime) : [];
  const environments = request.envs ? await pruneEnvironments(request, runtime) : NO_ENVIRONMENTS;
  const { removed } = environments;
  const outcome: PruneOutcome = {
    path,
    rooms,
    releases,
    environments: removed,
    bytes: [...rooms, ...releases, ...removed].reduce((sum, { bytes }) => sum + bytes, 0),
    in_use: [...inUse, ...environments.inUse.map(({ ref, kind }) => `the ${kind} environment of ${ref}`)],
  };
  return request.dryRun ? { dry_run: true, ...outcome } : { success: true, ...outcome };
}

/** Returns false if only releases or environments were requested; an age limit then applies to them alone. */
function includesCache({ all, maxBytes, releases, envs }: PruneRequest): boolean {
  return all || maxBytes !== undefined || !(releases || envs);
}

interface PrunedSections {
  readonly path: string;
  readonly rooms: readonly PrunedSection[];
  readonly inUse: readonly string[];
}

async function pruneSections(request: PruneRequest, runtime: Tools): Promise<PrunedSections> {
  const { cache } = runtime.paths;
  const usedBefore = usedBeforeDate(request, runtime);
  const downloads = await pruneDownloads(request, usedBefore, runtime);
  const code = filesInSection(cache, 'code').filter(({ modifiedAt }) => modifiedAt < usedBefore);
  const removedCode = request.dryRun ? code : code.filter(removeIfUnchanged);
  const indexes = await pruneIndexes(request, usedBefore, cache);
  const rooms = [
    toPrunedSection('downloads', downloads),
    toPrunedSection('indexes', indexes.removed),
    toPrunedSection('code', removedCode),
  ];
  return {
    path: cache,
    rooms: rooms.filter(({ files }) => files > 0),
    inUse: indexes.inUse ? ['the index cache'] : [],
  };
}

/** Returns the time before which unused files are pruned by age. Without an age limit, no file is. */
function usedBeforeDate({ all, olderThanMs }: PruneRequest, { clock }: Pick<Runtime, 'clock'>): Date {
  if (all) return new Date(8.64e15);
  return new Date(olderThanMs === undefined ? 0 : clock.now().getTime() - olderThanMs);
}

async function pruneDownloads(request: PruneRequest, usedBefore: Date, runtime: Tools): Promise<FileUsage[]> {
  const downloads = await runtime.downloads();
  const { cacheBytes } = (await runtime.config()).downloads;
  const chosen = downloads.selectForEviction({ usedBefore, maxBytes: request.maxBytes ?? cacheBytes });
  if (request.dryRun) return chosen.map(measured);
  const removed = chosen.filter((archive) => downloads.removeIfUnused(archive)).map(measured);
  removeOrphanedNotes(downloads, runtime);
  return removed;
}

/** Removes the metadata of removed archives. It is not reported: its size is negligible. */
function removeOrphanedNotes(downloads: DownloadCache, { paths }: Tools): void {
  downloads.tidy();
  new ContentCache(join(paths.cache, 'contents'), downloads).tidy();
}

function measured({ path, bytes, usedAt }: CachedArchive): FileUsage {
  return { path, bytes, modifiedAt: usedAt };
}

/** Removes all cached indexes or none, because they are in one database. */
async function pruneIndexes(
  { dryRun }: PruneRequest,
  usedBefore: Date,
  cache: string,
): Promise<{ removed: readonly FileUsage[]; inUse: boolean }> {
  const unused = () => {
    const files = indexFiles(cache);
    const { newest } = diskUsageOf(files);
    return newest !== null && newest < usedBefore ? files : [];
  };
  const files = unused();
  if (dryRun || files.length === 0) return { removed: files, inUse: false };
  const { removeCache } = await import('../../registry/cache/remove.ts');
  const removed = removeCache(join(cache, 'indexes.db'), unused);
  return { removed: removed ?? [], inUse: removed === undefined };
}

function removeIfUnchanged({ path, modifiedAt }: FileUsage): boolean {
  if (inspect(path)?.modifiedAt.getTime() !== modifiedAt.getTime()) return false;
  removeFile(path);
  return true;
}

function toPrunedSection(name: CacheSection, removed: readonly FileUsage[]): PrunedSection {
  const { files, bytes, oldest, newest } = diskUsageOf(removed);
  return { name, files, bytes, oldest: oldest?.toISOString() ?? null, newest: newest?.toISOString() ?? null };
}
