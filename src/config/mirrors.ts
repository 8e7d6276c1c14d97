import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withoutUserInfo } from '../platform/http.ts';
import { concealVariables, expandVariables, type Variables } from './variables.ts';

/** URL prefixes and what stands in for them: a URL, or the absolute path of a directory. */
export type Mirrors = Readonly<Record<string, string>>;

export interface Mirrored {
  /** What to ask: the mirror's URL, or the one that was given, untouched. */
  readonly url: string;
  readonly mirrored: boolean;
  /** What was chosen as it may be printed and recorded: without user info, and with `${NAME}` unexpanded. */
  readonly shown: string;
}

/**
 * Puts the mirror with the longest matching prefix in place of the beginning of a URL.
 *
 * URLs come from indexes, which nobody vouches for, so they are brought into normal form first: `..` in one must not
 * lead out of a mirror on this machine, and `https://github.com` must not match `https://github.com.example.org`. The
 * user info of the URL does not count, and is not sent to the mirror.
 * @param variables where `${NAME}` in a mirror's URL is taken from
 */
export function applyMirror(url: string, mirrors: Mirrors, variables: Variables = {}): Mirrored {
  const wanted = normalForm(withoutUserInfo(url));
  const best = Object.entries(mirrors)
    .map(([prefix, target]) => ({ prefix: trimSlash(normalForm(prefix)), target }))
    .filter(({ prefix }) => wanted.startsWith(prefix) && /^(?:[/?#]|$)/.test(wanted.slice(prefix.length)))
    .reduce((one, other) => (other.prefix.length > one.prefix.length ? other : one), { prefix: '', target: '' });
  if (best.prefix === '') return { url, mirrored: false, shown: withoutUserInfo(url) };
  const target = expandVariables(best.target, variables);
  const base = isAbsolute(target) ? pathToFileURL(target).href : target;
  const chosen = trimSlash(base) + wanted.slice(best.prefix.length);
  return { url: chosen, mirrored: true, shown: concealVariables(withoutUserInfo(chosen), best.target, variables) };
}

function normalForm(url: string): string {
  return URL.parse(url)?.href ?? url;
}

function trimSlash(url: string): string {
  return url.replace(/\/$/, '');
}
