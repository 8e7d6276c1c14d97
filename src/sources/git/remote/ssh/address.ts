import { AttuneError } from '../../../../errors.ts';
import type { SafeUrl } from '../../../../platform/safe-url.ts';

/** A repository on a server that is reached by ssh. None of the parts can be taken for an option or for two lines. */
export interface SshAddress {
  /** As it was written, without a password, for messages. */
  readonly location: string;
  /** The host, or an alias of it in the user's configuration; an IPv6 address without brackets. */
  readonly host: string;
  /** Its name is a part of the address and no secret. */
  readonly user: string | undefined;
  /** Decimal digits. */
  readonly port: string | undefined;
  /** On the server: absolute, or relative to the user's home there (`x`, `~/x`, `~ada/x`). */
  readonly path: string;
}

class InvalidSshAddress extends AttuneError {
  constructor(location: string, why: string, hint = 'Write it as ssh://user@host/path.git or user@host:path.git.') {
    super('INVALID_URL', `Cannot use the address '${location}': ${why}.`, { facts: { url: location }, hint });
  }
}

/**
 * Reads both forms of an address as git does (git-fetch, "GIT URLS"). What a shell, ssh or the user's configuration of
 * ssh (`%h` and `%r` in a `ProxyCommand`) could take for something else is refused here, before anything is started.
 * @param url `ssh://[user@]host[:port]/path`, percent-encoded; `git+ssh://`; or `[user@]host:path` as it is
 * @throws InvalidSshAddress
 */
export function parseSshAddress(url: SafeUrl): SshAddress {
  const text = url.reveal();
  const parts = /^[a-z+]+:\/\//i.test(text) ? partsOfUrl(text) : partsOfShortForm(text);
  const wrong = faultOf(parts);
  if (wrong !== undefined) throw new InvalidSshAddress(`${url}`, ...wrong);
  const { user, host, port, path } = parts;
  return {
    location: `${url}`,
    user: user || undefined,
    host,
    port: port || undefined,
    path: path.startsWith('/~') ? path.slice(1) : path,
  };
}

interface Parts {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
}

function partsOfUrl(url: string): Parts {
  const [, authority = '', path = ''] = /^[^:]+:\/\/([^/]*)(.*)$/s.exec(url) ?? [];
  const [, user, place = ''] = /^(?:(.*)@)?(.*)$/s.exec(authority) ?? [];
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(place) ?? [];
  return { user: user && decoded(user), host: bare(decoded(host)), port, path: decoded(path) };
}

/** `host:path`, `user@host:path`, `[::1]:path`, and as git alone has it `[user@host:port]:path`. */
function partsOfShortForm(text: string): Parts {
  const [, outside, place = '', path = ''] = /^(?:([^@[\]:]*)@)?(\[[^\]]*\]|[^:[\]]*):(.*)$/s.exec(text) ?? [];
  const [, inside, host = '', port] = /^(?:(.*)@)?([^:]*|.*:.*:.*?)(?::(\d+))?$/s.exec(bare(place)) ?? [];
  return { user: outside ?? inside, host, port, path };
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/s, '$1');
}

/** An escape that is none stands for itself, as git has it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// What OpenSSH refuses by itself since 9.6 (CVE-2023-51385); older ones hand it to a shell.
const SPECIAL = /[\s'"`$\\;&<>|(){}]/;

/** Why it cannot be an address, and what to do. */
function faultOf({ user, host, port, path }: Parts): [why: string, hint?: string] | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test([user, host, port, path].join(''))) return ['it has a control character in it'];
  if (user?.includes(':')) {
    return ['it holds a password', 'Leave the password out and use a key: ssh takes it from its agent or from ~/.ssh.'];
  }
  if (host === '') return ['it names no host'];
  if (path === '' || path === '/') return ['it names no repository on its host'];
  if (port && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) return [`'${port}' is no port`];
  for (const [what, part] of Object.entries({ user, host, path })) {
    if (part?.startsWith('-')) return [`its ${what} begins with '-' and could be taken for an option`];
  }
  if (SPECIAL.test(host)) return [`'${host}' cannot be the name of a host`];
  return user !== undefined && SPECIAL.test(user) ? [`'${user}' cannot be the name of a user`] : undefined;
}
