import { createHash } from 'node:crypto';
import type { IndexSetting, RegistrySettings } from '../config/config.ts';
import { expandVariables } from '../config/variables.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import type { IndexIdentity } from './index-cache-rows.ts';
import { type IndexPlace, type IndexTools, indexPlace, indexUrl } from './index-content.ts';

/** Where a registry's index is, and what it is in the cache. */
export interface IndexAddress {
  /** What the relative URLs in it are relative to. It may hold user info. */
  readonly base: URL;
  readonly place: IndexPlace;
  readonly identity: IndexIdentity;
  /** A file of this machine. */
  readonly local: boolean;
}

/**
 * The identity has the values of headers as they are configured, not as they are sent: a token that changes every hour
 * still opens the same index.
 * @throws UnusableVariable, InvalidIndexUrl
 */
export function addressOf(
  { url, headers }: Pick<IndexSetting, 'url' | 'headers'>,
  { mirrors }: Pick<RegistrySettings, 'mirrors'>,
  tools: Pick<IndexTools, 'variables' | 'workingDirectory'>,
): IndexAddress {
  const base = indexUrl(expandVariables(url, tools.variables), tools.workingDirectory);
  const place = indexPlace(base, mirrors, tools);
  const parts = [withoutUserInfo(place.url.href), url, Object.entries(headers).sort()];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return { base, place, identity: { key, url: cacheName(url) }, local: place.url.protocol === 'file:' };
}

/** A configured URL without what may be secret in it. */
export function cacheName(url: string): string {
  return new SafeUrl(url).toString().replace(/[?#].*$/s, '');
}
