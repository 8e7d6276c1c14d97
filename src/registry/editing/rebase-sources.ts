/** The URLs of sources may be relative to the index (SPEC section 3), so they change when an entry moves to another index. */
import type { SafeUrl } from '../../platform/safe-url.ts';
import { isKnownSourceType, isRelativeSource } from '../index/format.ts';
import type { Mapping } from '../index/mapping.ts';

/** Returns the URL of a source as it has to be written in another index; the same text if nothing changes. */
export type RebaseUrl = (url: string) => string;

/**
 * Returns the function that moves source URLs from one index to another: a file stays relative, and everything else becomes
 * absolute, without credentials.
 * @param from the URL of the index that contains the sources
 * @param to the URL of the index that they are written to
 */
export function urlRebaser(from: SafeUrl, to: SafeUrl): RebaseUrl {
  const [base, target] = [from.reveal(), new URL(to.reveal())];
  return (url) => {
    const absolute = isRelativeSource(url) ? URL.parse(url, base) : null;
    if (!absolute || absolute.href === URL.parse(url, target.href)?.href) return url;
    absolute.username = '';
    absolute.password = '';
    const isLocal = absolute.protocol === 'file:' && target.protocol === 'file:' && absolute.host === target.host;
    return (isLocal ? relativePath(target, absolute) : undefined) ?? absolute.href;
  };
}

/** Returns `undefined` if the path contains a drive that is not that of the index. */
function relativePath(index: URL, file: URL): string | undefined {
  const from = index.pathname.split('/').slice(0, -1);
  const to = file.pathname.split('/');
  if (/^[a-z]:$/i.test(to[1] ?? '') && to[1] !== from[1]) return undefined;
  const differing = from.findIndex((part, position) => part !== to[position]);
  const shared = Math.min(differing === -1 ? from.length : differing, to.length - 1);
  const path = [...from.slice(shared).map(() => '..'), ...to.slice(shared)].join('/');
  const relative = `${path}${file.search}${file.hash}`;
  return isRelativeSource(relative) ? relative : `./${relative}`;
}

/** Returns an entry with its releases, or a release, with rebased sources; the same object if no source changes. */
export function rebaseSources(entry: Mapping, rebase: RebaseUrl): Mapping {
  const sources = rebaseAll(entry['install_sources'], (source) => {
    if (!isKnownSourceType(source['type'])) return source;
    const url = rebase(source['url'] as string);
    return url === source['url'] ? source : { ...source, url };
  });
  const releases = rebaseAll(entry['releases'], (release) => rebaseSources(release, rebase));
  if (sources === entry['install_sources'] && releases === entry['releases']) return entry;
  return { ...entry, install_sources: sources, ...('releases' in entry ? { releases } : {}) };
}

function rebaseAll(list: unknown, rebaseOne: (item: Mapping) => Mapping): unknown {
  if (!Array.isArray(list)) return list;
  const rebased = list.map(rebaseOne);
  return rebased.some((item, position) => item !== list[position]) ? rebased : list;
}
