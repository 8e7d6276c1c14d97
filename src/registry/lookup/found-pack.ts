import type { IndexSetting } from '../../config/types.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { absoluteSource, type IndexedPack, type IndexRelease, releasesOf } from '../index/format.ts';

export interface Registry {
  readonly name: string;
  /** The configured URL; `${NAME}` is not expanded. */
  readonly url: SafeUrl;
  readonly priority: number;
}

export interface FoundPack {
  readonly registry: Registry;
  /** The entry; the URLs of its sources and of its releases' sources are absolute. */
  readonly entry: IndexedPack;
  /** All versions, the entry's own first. */
  readonly versions: readonly FoundVersion[];
}

export interface FoundVersion {
  readonly version: string;
  /** The pack dependencies, each with its range. */
  readonly dependencies: readonly string[];
  readonly yanked: string | undefined;
  /** See `IndexRelease`. */
  readonly publishedAt: string | undefined;
  readonly release: IndexRelease;
}

/** @param base the index's own URL */
export function foundPack({ name, url, priority }: IndexSetting, relative: IndexedPack, base: SafeUrl): FoundPack {
  const usable = relative.releases.filter(({ installSources }) => installSources.length > 0);
  const entry = {
    ...withAbsoluteUrls(relative, base),
    releases: usable.map((one) => withAbsoluteUrls(one, base)),
  };
  return {
    registry: { name, url: new SafeUrl(url), priority },
    entry,
    versions: releasesOf(entry).map((release) => ({
      version: release.version,
      dependencies: release.dependencies.packs,
      yanked: release.yanked,
      publishedAt: release.publishedAt,
      release,
    })),
  };
}

function withAbsoluteUrls<R extends IndexRelease>(release: R, base: SafeUrl): R {
  return { ...release, installSources: release.installSources.map((source) => absoluteSource(source, base)) };
}
