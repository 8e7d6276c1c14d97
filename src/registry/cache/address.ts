import { createHash } from 'node:crypto';
import type { IndexSetting, RegistrySettings } from '../../config/types.ts';
import { expandVariables, redactVariables } from '../../config/variables.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexTools } from '../fetch/download-index.ts';
import { type IndexLocation, indexUrl, type Redact, resolveIndexLocation } from '../fetch/index-location.ts';
import type { IndexIdentity } from './rows.ts';

/** The location of a registry's index, and its identity in the cache. */
export interface IndexAddress {
  /** The base of the relative URLs in the index. */
  readonly base: SafeUrl;
  readonly location: IndexLocation;
  readonly identity: IndexIdentity;
}

/**
 * Returns the address of a configured index. Its identity contains header values as configured, not as sent: a token that
 * changes every hour still identifies the same index.
 * @throws UnusableVariable, InvalidIndexUrl
 */
export function addressOf(
  { url, headers }: Pick<IndexSetting, 'url' | 'headers'>,
  { mirrors }: Pick<RegistrySettings, 'mirrors'>,
  tools: Pick<IndexTools, 'variables' | 'workingDirectory'>,
): IndexAddress {
  const redact = variableRedactor(url, mirrors, tools);
  const base = indexUrl(expandVariables(url, tools.variables), tools.workingDirectory, redact);
  const location = resolveIndexLocation(base, mirrors, tools, redact);
  const key = cacheKey(url, location.url, Object.entries(headers).sort());
  return { base, location, identity: { key, url: redactedUrl(url) } };
}

/**
 * Returns the key of an index in the cache. It is hashed only if a part of it may be secret, because loading the hash
 * function takes a quarter of a short command's time. Only the credentials of the location are excluded: another value of
 * a variable leads to another index.
 */
function cacheKey(url: string, location: SafeUrl, headers: readonly (readonly [string, string])[]): string {
  const revealed = location.reveal();
  const isPublic = headers.length === 0 && redactedUrl(url) === url && redactedUrl(revealed) === revealed;
  if (isPublic && `${location}` === revealed) return `${url} ${revealed}`;
  return createHash('sha256')
    .update(JSON.stringify([`${new SafeUrl(revealed)}`, url, headers]))
    .digest('hex');
}

/** Returns a function that replaces the values of the variables in an index's URL and mirrors by the variables' names. */
export function variableRedactor(
  url: string,
  mirrors: RegistrySettings['mirrors'],
  { variables }: Pick<IndexTools, 'variables'>,
): Redact {
  const templates = [url, ...Object.values(mirrors)].join(' ');
  return (text) => redactVariables(text, templates, variables);
}

/** Returns a configured URL without its credentials, query and fragment. */
export function redactedUrl(url: string): string {
  return new SafeUrl(url).toString().replace(/[?#].*$/s, '');
}
