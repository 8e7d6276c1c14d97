import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SafeUrl } from '../platform/safe-url.ts';
import { redactVariables, expandVariables, type Variables } from './variables.ts';

/** URL prefixes and what stands in for them: a URL, or the absolute path of a directory. */
export type Mirrors = Readonly<Record<string, string>>;

/**
 * The address that the mirror with the longest matching prefix has in place of a URL. It is shown with `${NAME}` for what
 * the mirror takes from the environment.
 *
 * URLs come from indexes, which nobody vouches for, so they are brought into normal form first: `..` in one must not
 * lead out of a mirror on this machine, and `https://github.com` must not match `https://github.com.example.org`. The
 * user info of the URL does not count, and is not sent to the mirror.
 * @param variables where `${NAME}` in a mirror's URL is taken from
 * @returns `undefined` where there is no mirror for it
 */
export function resolveMirror(url: SafeUrl, mirrors: Mirrors, variables: Variables = {}): SafeUrl | undefined {
  const wanted = normalForm(url.reveal());
  const best = Object.entries(mirrors)
    .map(([prefix, template]) => ({ prefix: trimSlash(normalForm(prefix)), template }))
    .filter(({ prefix }) => wanted.startsWith(prefix) && /^(?:[/?#]|$)/.test(wanted.slice(prefix.length)))
    .reduce((one, other) => (other.prefix.length > one.prefix.length ? other : one), { prefix: '', template: '' });
  if (best.prefix === '') return undefined;
  const target = expandVariables(best.template, variables);
  const base = isAbsolute(target) ? pathToFileURL(target).href : target;
  const address = trimSlash(base) + wanted.slice(best.prefix.length);
  return new SafeUrl(address, (text) => redactVariables(text, best.template, variables));
}

function normalForm(text: string): string {
  const url = URL.parse(sshUrl(text) ?? text);
  if (url === null) return text;
  url.username = '';
  url.password = '';
  return url.href;
}

/** `user@host:path`, `git+ssh://` and `ssh://` are one address. A file URL takes a backslash for a slash, so it is one. */
function sshUrl(text: string): string | undefined {
  const [, host, path] = /^[^@/\\:]+@(\[[^\]/]+\]|[^@/\\:]+):(?!\/\/)\/*(.*)$/s.exec(text) ?? [];
  const url = host === undefined ? text.replace(/^git\+(?=ssh:)/i, '') : `ssh://${host}/${path}`;
  return /^ssh:/i.test(url) ? url.replaceAll('\\', '/') : undefined;
}

function trimSlash(url: string): string {
  return url.replace(/\/$/, '');
}
