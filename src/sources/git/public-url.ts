import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The address under which others can fetch what a checkout calls its `origin`. Whoever reads an index has no account on
 * the publisher's ssh server, and git hosts serve the same path over https; so `git@host:org/repo.git`,
 * `ssh://git@host:22/org/repo.git` and `git://host/org/repo.git` all become `https://host/org/repo.git`. What is http(s)
 * stays what it is, without user info, and a path on this machine becomes a file URL. `.git` is neither added nor taken
 * away.
 *
 * @param workTree what a relative path is relative to
 * @returns `undefined` where there is no such address
 */
export function toPublicGitUrl(origin: string, workTree: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(origin)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'http':
    case 'https':
      return withoutExtras(origin);
    case 'ssh':
    case 'git+ssh':
    case 'ssh+git':
    case 'git':
      return overHttps(URL.parse(origin)?.hostname, URL.parse(origin)?.pathname);
    case 'file':
      return origin;
    case undefined:
      return ofShortForm(origin) ?? ofPath(origin, workTree);
    default:
      return undefined;
  }
}

/** Whether two addresses lead to one repository, as far as they can tell: the scheme, the user and `.git` do not count. */
export function isSameRepository(one: string, other: string, workTree: string): boolean {
  const [first, second] = [one, other].map((url) =>
    toPublicGitUrl(url, workTree)
      ?.replace(/^https?:/, '')
      .replace(/\/*(?:\.git)?\/*$/, '')
      .toLowerCase(),
  );
  return first !== undefined && first === second;
}

function withoutExtras(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  url.username = '';
  url.password = '';
  url.hash = '';
  return url.href.replace(/\/+$/, '');
}

/** `user@host:path`: git reads it so where no slash comes before the colon. A single letter is a drive of Windows. */
function ofShortForm(origin: string): string | undefined {
  const [, host, path] = /^(?:[^@/:]+@)?(\[[^\]/]+\]|[^@/:\\]{2,}):([^:].*)$/.exec(origin) ?? [];
  return overHttps(host, path);
}

/** A path below a user's home (`~`) is served by ssh alone. */
function overHttps(host: string | undefined, path: string | undefined): string | undefined {
  const place = path?.replace(/^\/+|\/+$/g, '');
  if (!host || !place || place.startsWith('~')) return undefined;
  return URL.parse(`https://${host}/${place}`)?.href;
}

function ofPath(origin: string, workTree: string): string | undefined {
  return /^[^/\\]{2,}:/.test(origin) ? undefined : pathToFileURL(resolve(workTree, origin)).href;
}
