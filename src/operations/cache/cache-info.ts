import { join } from 'node:path';
import { diskUsageOf, type FileUsage, listFilesBelow } from '../../platform/files/disk-usage.ts';
import { layoutOf } from '../../store/layout.ts';
import { prunableReleases, type ReleaseUsage, releaseUsage } from '../../store/releases/retention.ts';
import type { Runtime } from '../runtime.ts';
import { CACHE_SECTIONS, type CacheSection, filesInSection, unknownFiles } from './cache-sections.ts';

export interface SectionInfo {
  /** A section of the cache, `other` for files that are not attune's, or a section of the data directory. */
  readonly name: CacheSection | 'other' | 'releases' | 'envs' | 'backups';
  readonly files: number;
  readonly bytes: number;
  /** The earliest last use (or change) of a file, ISO 8601 in UTC; `null` if the section is empty. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

export interface CacheInfo {
  /** The cache directory. */
  readonly path: string;
  readonly rooms: readonly SectionInfo[];
  /** The total size of the cache's sections. */
  readonly bytes: number;
  /** The maximum size of downloads (`downloads.cache_bytes`). */
  readonly limit_bytes: number;
  readonly data: {
    readonly path: string;
    /** Releases that are not current, test environments and database backups. */
    readonly rooms: readonly SectionInfo[];
    /** The stored releases that `cache prune --releases` removes. */
    readonly superfluous_releases: { readonly releases: number; readonly bytes: number };
  };
}

/** Returns the size of the cache, and of the prunable parts of the data directory. @throws FileError, DatabaseError */
export async function cacheInfo(runtime: Pick<Runtime, 'paths' | 'config' | 'store' | 'clock'>): Promise<CacheInfo> {
  const { paths, clock } = runtime;
  const { downloads, keepReleases } = await runtime.config();
  const releases = await (await runtime.store()).query(releaseUsage);
  const superfluous = prunableReleases(releases, { keep: keepReleases, installedBefore: clock.now() });
  const rooms = [
    ...CACHE_SECTIONS.map((name) => toSectionInfo(name, filesInSection(paths.cache, name))),
    toSectionInfo('other', unknownFiles(paths.cache)),
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
        toSectionInfo('envs', listFilesBelow(join(paths.data, 'envs'))),
        toSectionInfo('backups', listFilesBelow(backups)),
      ],
      superfluous_releases: { releases: superfluous.length, bytes: bytesOf(superfluous) },
    },
  };
}

function toSectionInfo(name: SectionInfo['name'], found: readonly Omit<FileUsage, 'path'>[]): SectionInfo {
  const { files, bytes, oldest, newest } = diskUsageOf(found);
  return { name, files, bytes, oldest: oldest?.toISOString() ?? null, newest: newest?.toISOString() ?? null };
}

/** Summarizes releases from their records, without reading their files. */
function releasesInfo(kept: readonly ReleaseUsage[]): SectionInfo {
  const times = kept.map(({ bytes, installed_at }) => ({ bytes, modifiedAt: new Date(installed_at) }));
  return { ...toSectionInfo('releases', times), files: kept.reduce((sum, { files }) => sum + files, 0) };
}

function bytesOf(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
