import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SafeUrl } from '../platform/safe-url.ts';
import type { Mirrors } from './types.ts';
import { expandVariables, redactVariables, type Variables } from './variables.ts';

/**
 * Returns the URL of the mirror with the longest matching prefix. When the URL is printed, the values that the mirror takes
 * from the environment are shown as `${NAME}`.
 *
 * URLs come from untrusted indexes, so they are normalized first: `..` must not lead out of a local mirror, and
 * `https://github.com` must not match `https://github.com.example.org`. The user info of a URL is ignored and not sent to
 * the mirror.
 * @param variables the environment variables for `${NAME}` in the URL of a mirror
 * @returns `undefined` if no mirror matches
 */
export function resolveMirror(url: SafeUrl, mirrors: Mirrors, variables: Variables = {}): SafeUrl | undefined {
  const requested = normalize(url.reveal());
  const best = Object.entries(mirrors)
    .map(([prefix, template]) => ({ prefix: trimSlash(normalize(prefix)), template }))
    .filter(({ prefix }) => requested.startsWith(prefix) && /^(?:[/?#]|$)/.test(requested.slice(prefix.length)))
    .reduce((one, other) => (other.prefix.length > one.prefix.length ? other : one), { prefix: '', template: '' });
  if (best.prefix === '') return undefined;
  const target = expandVariables(best.template, variables);
  const base = isAbsolute(target) ? pathToFileURL(target).href : target;
  const address = trimSlash(base) + requested.slice(best.prefix.length);
  return new SafeUrl(address, (text) => redactVariables(text, best.template, variables));
}

function normalize(text: string): string {
  const url = URL.parse(sshUrl(text) ?? text);
  if (url === null) return text;
  url.username = '';
  url.password = '';
  return url.href;
}

/**
 * Converts `user@host:path`, `git+ssh://` and `ssh://` to the same URL. Backslashes become slashes, because a file URL, into
 * which a mirror may map the path, treats them as slashes.
 */
function sshUrl(text: string): string | undefined {
  const [, host, path] = /^[^@/\\:]+@(\[[^\]/]+\]|[^@/\\:]+):(?!\/\/)\/*(.*)$/s.exec(text) ?? [];
  const url = host === undefined ? text.replace(/^git\+(?=ssh:)/i, '') : `ssh://${host}/${path}`;
  return /^ssh:/i.test(url) ? url.replaceAll('\\', '/') : undefined;
}

function trimSlash(url: string): string {
  return url.replace(/\/$/, '');
}
