import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Converts the `origin` of a checkout to a URL from which others can fetch. Readers of an index have no account on the
 * publisher's ssh server, and git hosts serve the same path over https; so `git@host:org/repo.git`,
 * `ssh://git@host:22/org/repo.git` and `git://host/org/repo.git` all become `https://host/org/repo.git`. An http(s) URL
 * loses its user info only, and a local path becomes a file URL. `.git` is neither added nor removed.
 *
 * @param workTree the base of a relative path
 * @returns `undefined` if there is no such URL
 */
export function toPublicGitUrl(origin: string, workTree: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(origin)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'http':
    case 'https':
      return withoutUserInfo(origin);
    case 'ssh':
    case 'git+ssh':
    case 'ssh+git':
    case 'git':
      return toHttps(URL.parse(origin)?.hostname, URL.parse(origin)?.pathname);
    case 'file':
      return origin;
    case undefined:
      return fromScpForm(origin) ?? fromPath(origin, workTree);
    default:
      return undefined;
  }
}

/** Returns the host of an ssh URL, which may be an alias in the ssh configuration of its author; else `undefined`. */
export function sshHostOf(url: string): string | undefined {
  if (/^(?:ssh|git\+ssh|ssh\+git):\/\//i.test(url)) return URL.parse(url)?.hostname;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? undefined : scpParts(url)?.host;
}

/** Checks whether a host is an IP address, or a name that may exist outside of the local network and an ssh configuration. */
export function isPublicHost(host: string): boolean {
  return /^\[|^\d+(?:\.\d+){3}$|\.(?:[a-z]{2,}|xn--[a-z0-9-]+)\.?$/i.test(host);
}

/** Reports whether two URLs name the same repository, ignoring the scheme, the user and `.git`. */
export function isSameRepository(a: string, b: string, workTree: string): boolean {
  const [first, second] = [a, b].map((url) =>
    toPublicGitUrl(url, workTree)
      ?.replace(/^https?:/, '')
      .replace(/\/*(?:\.git)?\/*$/, '')
      .toLowerCase(),
  );
  return first !== undefined && first === second;
}

function withoutUserInfo(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  url.username = '';
  url.password = '';
  url.hash = '';
  return url.href.replace(/\/+$/, '');
}

/** Converts `user@host:path`, which git accepts if no slash precedes the colon. A single letter is a Windows drive. */
function scpParts(origin: string): { host: string; path: string } | undefined {
  const [, host, path] = /^(?:[^@/:]+@)?(\[[^\]/]+\]|[^@/:\\]{2,}):([^:].*)$/.exec(origin) ?? [];
  return host !== undefined && path !== undefined ? { host, path } : undefined;
}

function fromScpForm(origin: string): string | undefined {
  const { host, path } = scpParts(origin) ?? {};
  return toHttps(host, path);
}

/** Hosts that serve ssh on port 443, with the hosts that serve the same repositories over https. */
const HTTPS_HOSTS: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};

/** Returns the host that serves over https what a host serves over ssh. */
export function httpsHost(host: string): string {
  return HTTPS_HOSTS[host.toLowerCase()] ?? host;
}

/** Builds an https URL. Paths below a user's home (`~`) are available over ssh alone. */
function toHttps(host: string | undefined, path: string | undefined): string | undefined {
  const relative = path?.replace(/^\/+|\/+$/g, '');
  if (!host || !relative || relative.startsWith('~')) return undefined;
  return URL.parse(`https://${httpsHost(host)}/${relative}`)?.href;
}

function fromPath(origin: string, workTree: string): string | undefined {
  return /^[^/\\]{2,}:/.test(origin) ? undefined : pathToFileURL(resolve(workTree, origin)).href;
}
