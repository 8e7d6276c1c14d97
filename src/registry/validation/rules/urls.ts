/** Rules for URLs. Messages show URLs without credentials, so that these do not end up in a log. */
import { shorten } from '../../../documents/problems.ts';
import { SafeUrl } from '../../../platform/safe-url.ts';
import type { InspectedFields } from '../../index/findings.ts';
import type { IndexSource } from '../../index/format.ts';

/** The schemes that sources may use in the `local` profile; a relative URL is relative to the index's own. */
const SCHEMES = { git: ['https:', 'http:', 'ssh:', 'file:'], archive: ['https:', 'http:', 'file:'] };

/** Stands in for the index's own location; its scheme is distinct from all accepted ones. */
const RELATIVE_BASE = 'relative://index/';

/** Inspects the URL of a web page: that of the registry or of a repository. */
export function inspectPageUrl(fields: InspectedFields, key: string): void {
  const url = fields.raw(key);
  if (typeof url === 'string' && URL.parse(url)?.protocol !== 'https:') reportNotHttps(fields, key, url);
}

export function inspectSourceUrl(fields: InspectedFields, { type, url }: IndexSource): void {
  if (url === '') return;
  const parsed = parseSource(type, url);
  if (parsed === null) {
    fields.problem('invalid-url', ['url'], `is not a valid URL: ${display(url)}`);
    return;
  }
  const { protocol, username, password } = parsed;
  const relative = protocol === 'relative:';
  if (!relative && !SCHEMES[type].includes(protocol)) {
    const what = type === 'git' ? 'a git repository' : 'an archive';
    const message = `${what} cannot be fetched over ${protocol.slice(0, -1)}: ${display(url)}`;
    fields.problem('invalid-url', ['url'], message);
    return;
  }
  if (protocol !== 'https:') reportNotHttps(fields, 'url', url);
  // In an ssh URL, the user name is the account of the server and not a secret.
  if (password !== '' || (username !== '' && protocol !== 'ssh:'))
    fields.problem('url-credentials', ['url'], 'contains credentials');
  if (url.includes('?')) fields.problem('url-query', ['url'], 'has a query');
  if (url.includes('#')) fields.problem('url-fragment', ['url'], 'has a fragment');
}

function reportNotHttps(fields: InspectedFields, key: string, url: string): void {
  fields.problem('url-not-https', [key], `is not an https URL: ${display(url)}`);
}

function parseSource(type: IndexSource['type'], url: string): URL | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern detects them
  if (/^\s|\s$|[\u0000-\u001f\u007f]/.test(url)) return null;
  const [, account, path] = (type === 'git' && /^([^/\s@:]+@[^/\s:]+):(?!\/\/)(.+)$/.exec(url)) || [];
  if (account !== undefined) return URL.parse(`ssh://${account}/${path}`);
  return URL.parse(url, RELATIVE_BASE);
}

function display(url: string): string {
  return shorten(`${new SafeUrl(url)}`, 200);
}
