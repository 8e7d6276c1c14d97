import { createHash } from 'node:crypto';
import type { IndexSetting, RegistrySettings } from '../../config/config.ts';
import { expandVariables, redactVariables } from '../../config/variables.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexTools } from '../fetch/download-index.ts';
import { type Hide, type IndexLocation, indexUrl, resolveIndexLocation } from '../fetch/index-location.ts';
import type { IndexIdentity } from './rows.ts';

/** Where a registry's index is, and what it is in the cache. */
export interface IndexAddress {
  /** What the relative URLs in it are relative to. */
  readonly base: SafeUrl;
  readonly place: IndexLocation;
  readonly identity: IndexIdentity;
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
  const hide = hidingVariables(url, mirrors, tools);
  const base = indexUrl(expandVariables(url, tools.variables), tools.workingDirectory, hide);
  const place = resolveIndexLocation(base, mirrors, tools, hide);
  return {
    base,
    place,
    identity: { key: keyOf(url, place.url, Object.entries(headers).sort()), url: redactedUrl(url) },
  };
}

/**
 * Hashed where something in it may be secret, and only there: to load what hashes takes a quarter of a short command's
 * time. Of a location only the login is left out, for another value of a variable leads to another index.
 */
function keyOf(url: string, location: SafeUrl, headers: readonly (readonly [string, string])[]): string {
  const revealed = location.reveal();
  const isPublic = headers.length === 0 && redactedUrl(url) === url && redactedUrl(revealed) === revealed;
  if (isPublic && `${location}` === revealed) return `${url} ${revealed}`;
  return createHash('sha256')
    .update(JSON.stringify([`${new SafeUrl(revealed)}`, url, headers]))
    .digest('hex');
}

/** In a text about an index, in place of the values of variables in its address the variables. */
export function hidingVariables(
  url: string,
  mirrors: RegistrySettings['mirrors'],
  { variables }: Pick<IndexTools, 'variables'>,
): Hide {
  const templates = [url, ...Object.values(mirrors)].join(' ');
  return (text) => redactVariables(text, templates, variables);
}

/** A configured URL without what may be secret in it. */
export function redactedUrl(url: string): string {
  return new SafeUrl(url).toString().replace(/[?#].*$/s, '');
}
