/**
 * URLs. Messages never repeat one with its user info: what should not be in an index should not be in a log either.
 */
import { shorten } from '../../../documents/problems.ts';
import { SafeUrl } from '../../../platform/safe-url.ts';
import type { Fields } from '../../index/fields.ts';
import type { IndexSource } from '../../index/format.ts';

/** What `local` lets a source be fetched by; a relative URL is relative to the index's own. */
const SCHEMES = { git: ['https:', 'http:', 'ssh:', 'file:'], archive: ['https:', 'http:', 'file:'] };

/** Stands in for the index's own location, and passes for none of its own. */
const RELATIVE_BASE = 'relative://index/';

/** The URL of a page: the registry's, a repository's. */
export function inspectPageUrl(fields: Fields, key: string): void {
  const url = fields.raw(key);
  if (typeof url === 'string' && URL.parse(url)?.protocol !== 'https:') notHttps(fields, key, url);
}

export function inspectSourceUrl(fields: Fields, { type, url }: IndexSource): void {
  if (url === '') return;
  const parsed = parseSource(type, url);
  if (parsed === null) {
    fields.problem('invalid-url', ['url'], `is not a URL: ${shown(url)}`);
    return;
  }
  const { protocol, username, password } = parsed;
  const relative = protocol === 'relative:';
  if (!relative && !SCHEMES[type].includes(protocol)) {
    const what = type === 'git' ? 'a git repository' : 'an archive';
    fields.problem('invalid-url', ['url'], `${what} cannot be had by ${protocol.slice(0, -1)}: ${shown(url)}`);
    return;
  }
  if (protocol !== 'https:') notHttps(fields, 'url', url);
  // With ssh a user name says which account has the repositories; it is no secret.
  if (password !== '' || (username !== '' && protocol !== 'ssh:'))
    fields.problem('url-credentials', ['url'], 'has credentials in it');
  if (url.includes('?')) fields.problem('url-query', ['url'], 'has a query');
  if (url.includes('#')) fields.problem('url-fragment', ['url'], 'has a fragment');
}

function notHttps(fields: Fields, key: string, url: string): void {
  fields.problem('url-not-https', [key], `is not an https URL: ${shown(url)}`);
}

function parseSource(type: IndexSource['type'], url: string): URL | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/^\s|\s$|[\u0000-\u001f\u007f]/.test(url)) return null;
  const [, account, path] = (type === 'git' && /^([^/\s@:]+@[^/\s:]+):(?!\/\/)(.+)$/.exec(url)) || [];
  if (account !== undefined) return URL.parse(`ssh://${account}/${path}`);
  return URL.parse(url, RELATIVE_BASE);
}

function shown(url: string): string {
  return shorten(`${new SafeUrl(url)}`, 200);
}
