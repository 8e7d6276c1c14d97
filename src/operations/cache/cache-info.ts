import { join } from 'node:path';
import { filesBelow, type MeasuredFile, measureOf } from '../../platform/files/disk-usage.ts';
import { layoutOf } from '../../store/layout.ts';
import { type ReleaseUse, releaseUse, superfluousReleases } from '../../store/releases/retention.ts';
import type { Runtime } from '../runtime.ts';
import { CACHE_ROOMS, type CacheRoom, filesOfRoom, otherFiles } from './cache-sections.ts';

export interface RoomInfo {
  /** In the cache, `other` being what is none of attune's; or in the data directory. */
  readonly name: CacheRoom | 'other' | 'releases' | 'envs' | 'backups';
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601, UTC: when what has not been used, or changed, for the longest time was; `null` where nothing is. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

export interface CacheInfo {
  /** The cache directory. */
  readonly path: string;
  readonly rooms: readonly RoomInfo[];
  /** Of all rooms of the cache. */
  readonly bytes: number;
  /** What downloads may take (`downloads.cache_bytes`). */
  readonly limit_bytes: number;
  readonly data: {
    readonly path: string;
    /** Releases that are kept beside those that are installed, environments for tests, and copies of the database. */
    readonly rooms: readonly RoomInfo[];
    /** Of the kept releases those that `cache prune --releases` removes. */
    readonly superfluous_releases: { readonly releases: number; readonly bytes: number };
  };
}

/** What the cache holds, and what of the data directory can be done without. @throws FileFault, DatabaseFault */
export async function cacheInfo(runtime: Pick<Runtime, 'paths' | 'config' | 'store' | 'clock'>): Promise<CacheInfo> {
  const { paths, clock } = runtime;
  const { downloads, keepReleases } = await runtime.config();
  const releases = await (await runtime.store()).look(releaseUse);
  const superfluous = superfluousReleases(releases, { keep: keepReleases, installedBefore: clock.now() });
  const rooms = [
    ...CACHE_ROOMS.map((name) => roomInfo(name, filesOfRoom(paths.cache, name))),
    roomInfo('other', otherFiles(paths.cache)),
  ];
  const { backups } = layoutOf(paths.data);
  return {
    path: paths.cache,
    rooms,
    bytes: bytesOf(rooms),
    limit_bytes: downloads.cacheBytes,
    data: {
      path: paths.data,
      rooms: [
        releasesInfo(releases.filter(({ current }) => !current)),
        roomInfo('envs', filesBelow(join(paths.data, 'envs'))),
        roomInfo('backups', filesBelow(backups)),
      ],
      superfluous_releases: { releases: superfluous.length, bytes: bytesOf(superfluous) },
    },
  };
}

function roomInfo(name: RoomInfo['name'], found: readonly Omit<MeasuredFile, 'path'>[]): RoomInfo {
  const { files, bytes, oldest, newest } = measureOf(found);
  return { name, files, bytes, oldest: oldest?.toISOString() ?? null, newest: newest?.toISOString() ?? null };
}

/** As they are recorded: nobody else looks after these trees. */
function releasesInfo(kept: readonly ReleaseUse[]): RoomInfo {
  const times = kept.map(({ bytes, installed_at }) => ({ bytes, modifiedAt: new Date(installed_at) }));
  return { ...roomInfo('releases', times), files: kept.reduce((sum, { files }) => sum + files, 0) };
}

function bytesOf(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
