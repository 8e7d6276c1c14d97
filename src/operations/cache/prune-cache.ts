/**
 * Makes the cache smaller. Nothing in it is needed, only wanted: whoever reads a file that goes reads on, and whoever
 * comes later fetches it. So the question is never whether something may go, only what is worth the least: what was not
 * used for the longest time. What was used since it was looked at stays, and so does a cache of indexes that a process has
 * open. Releases and environments are no cache, and go only where somebody says so.
 */
import { join } from 'node:path';
import { type MeasuredFile, measureOf } from '../../platform/files/disk-usage.ts';
import { inspect, removeFile } from '../../platform/files/read.ts';
import { ContentCache } from '../../sources/cache/content-cache.ts';
import type { CachedArchive, DownloadCache } from '../../sources/cache/download-cache.ts';
import type { Runtime } from '../runtime.ts';
import { type CacheRoom, filesOfRoom } from './cache-sections.ts';
import { type PrunedEnvironment, type PrunedEnvironments, pruneEnvironments } from './prune-environments.ts';
import { type PrunedRelease, pruneReleases } from './prune-releases.ts';

export interface PruneRequest {
  /** Only what was not used for so long. */
  readonly olderThanMs: number | undefined;
  /** What downloads may take together; `undefined` for what the configuration says. */
  readonly maxBytes: number | undefined;
  /** Everything in the cache. */
  readonly all: boolean;
  /** Kept releases that nothing needs. */
  readonly releases: boolean;
  /** Environments for tests that nothing needs. */
  readonly envs: boolean;
  readonly dryRun: boolean;
}

export interface PrunedRoom {
  readonly name: CacheRoom;
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601, UTC: the last use of what went and had not been used for the longest time. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

interface PruneOutcome {
  readonly path: string;
  /** Those in which something went. */
  readonly rooms: readonly PrunedRoom[];
  readonly releases: readonly PrunedRelease[];
  readonly environments: readonly PrunedEnvironment[];
  /** Of all of it together. */
  readonly bytes: number;
  /** What stays because a process has it open. */
  readonly in_use: readonly string[];
}

export type PruneReceipt = PruneOutcome & ({ readonly success: true } | { readonly dry_run: true });

type Tools = Pick<Runtime, 'paths' | 'config' | 'store' | 'clock' | 'downloads'>;

const NO_ENVIRONMENTS: PrunedEnvironments = { removed: [], inUse: [] };

/** @throws FileFault where the cache cannot be read; with `releases` WriterBusy, DatabaseFault */
export async function pruneCache(request: PruneRequest, runtime: Tools): Promise<PruneReceipt> {
  const { path, rooms, inUse } = concernsCache(request)
    ? await pruneRooms(request, runtime)
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

/** Who names releases or environments alone means those alone; an age is then theirs. */
function concernsCache({ all, maxBytes, releases, envs }: PruneRequest): boolean {
  return all || maxBytes !== undefined || !(releases || envs);
}

interface PrunedRooms {
  readonly path: string;
  readonly rooms: readonly PrunedRoom[];
  readonly inUse: readonly string[];
}

async function pruneRooms(request: PruneRequest, runtime: Tools): Promise<PrunedRooms> {
  const { cache } = runtime.paths;
  const usedBefore = horizon(request, runtime);
  const downloads = await pruneDownloads(request, usedBefore, runtime);
  const code = filesOfRoom(cache, 'code').filter(({ modifiedAt }) => modifiedAt < usedBefore);
  const goneCode = request.dryRun ? code : code.filter(removeIfSame);
  const indexes = await pruneIndexes(request, usedBefore, cache);
  const rooms = [roomOf('downloads', downloads), roomOf('indexes', indexes.gone), roomOf('code', goneCode)];
  return {
    path: cache,
    rooms: rooms.filter(({ files }) => files > 0),
    inUse: indexes.inUse ? ['the cache of indexes'] : [],
  };
}

/** What was used before it may go by its age; nothing may where no age was named. */
function horizon({ all, olderThanMs }: PruneRequest, { clock }: Pick<Runtime, 'clock'>): Date {
  if (all) return new Date(8.64e15);
  return new Date(olderThanMs === undefined ? 0 : clock.now().getTime() - olderThanMs);
}

async function pruneDownloads(request: PruneRequest, usedBefore: Date, runtime: Tools): Promise<MeasuredFile[]> {
  const downloads = await runtime.downloads();
  const { cacheBytes } = (await runtime.config()).downloads;
  const chosen = downloads.superfluous({ usedBefore, maxBytes: request.maxBytes ?? cacheBytes });
  if (request.dryRun) return chosen.map(measured);
  const gone = chosen.filter((archive) => downloads.removeUnused(archive)).map(measured);
  tidy(downloads, runtime);
  return gone;
}

/** Notes about what is gone are told of by nobody: they are of no size, and others would remove them by the way. */
function tidy(downloads: DownloadCache, { paths }: Tools): void {
  downloads.tidy();
  new ContentCache(join(paths.cache, 'contents'), downloads).tidy();
}

function measured({ path, bytes, usedAt }: CachedArchive): MeasuredFile {
  return { path, bytes, modifiedAt: usedAt };
}

/** All of them or none: they are one file. */
async function pruneIndexes(
  { dryRun }: PruneRequest,
  usedBefore: Date,
  cache: string,
): Promise<{ gone: readonly MeasuredFile[]; inUse: boolean }> {
  const path = join(cache, 'indexes.db');
  const files = filesOfRoom(cache, 'indexes').filter((file) => file.path.startsWith(path));
  const { newest } = measureOf(files);
  if (newest === null || newest >= usedBefore) return { gone: [], inUse: false };
  if (dryRun) return { gone: files, inUse: false };
  const { removeIdleCache } = await import('../../registry/cache/remove.ts');
  return removeIdleCache(path) ? { gone: files, inUse: false } : { gone: [], inUse: true };
}

function removeIfSame({ path, modifiedAt }: MeasuredFile): boolean {
  if (inspect(path)?.modifiedAt.getTime() !== modifiedAt.getTime()) return false;
  removeFile(path);
  return true;
}

function roomOf(name: CacheRoom, gone: readonly MeasuredFile[]): PrunedRoom {
  const { files, bytes, oldest, newest } = measureOf(gone);
  return { name, files, bytes, oldest: oldest?.toISOString() ?? null, newest: newest?.toISOString() ?? null };
}
