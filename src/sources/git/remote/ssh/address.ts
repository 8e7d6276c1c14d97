import { AttuneError } from '../../../../errors.ts';
import type { SafeUrl } from '../../../../platform/safe-url.ts';

/** The address of a repository on an ssh server. No part can be mistaken for an option or span two lines. */
export interface SshAddress {
  /** The address as written, without a password, for messages. */
  readonly location: string;
  /** The host, or an alias of it in the user's ssh configuration; an IPv6 address without brackets. */
  readonly host: string;
  /** The user name, which is part of the address and not secret. */
  readonly user: string | undefined;
  /** Decimal digits. */
  readonly port: string | undefined;
  /** The path on the server: absolute, or relative to the user's home there (`x`, `~/x`, `~ada/x`). */
  readonly path: string;
}

class InvalidSshAddress extends AttuneError {
  constructor(location: string, why: string, hint = 'Write it as ssh://user@host/path.git or user@host:path.git.') {
    super('INVALID_URL', `Cannot use the address '${location}': ${why}.`, { facts: { url: location }, hint });
  }
}

/**
 * Parses both forms of an ssh address like git (git-fetch, "GIT URLS"). Parts that a shell, ssh or the user's ssh
 * configuration (`%h` and `%r` in a `ProxyCommand`) could misinterpret are refused before any program is started.
 * @param url `ssh://[user@]host[:port]/path`, percent-encoded; `git+ssh://`; or `[user@]host:path`, not encoded
 * @throws InvalidSshAddress
 */
export function parseSshAddress(url: SafeUrl): SshAddress {
  const text = url.reveal();
  const parts = /^[a-z+]+:\/\//i.test(text) ? parseUrlForm(text) : parseScpForm(text);
  const problem = findProblem(parts);
  if (problem !== undefined) throw new InvalidSshAddress(`${url}`, ...problem);
  const { user, host, port, path } = parts;
  return {
    location: `${url}`,
    user: user || undefined,
    host,
    port: port || undefined,
    path: path.startsWith('/~') ? path.slice(1) : path,
  };
}

interface AddressParts {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
}

function parseUrlForm(url: string): AddressParts {
  const [, authority = '', path = ''] = /^[^:]+:\/\/([^/]*)(.*)$/s.exec(url) ?? [];
  const [, user, hostAndPort = ''] = /^(?:(.*)@)?(.*)$/s.exec(authority) ?? [];
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(hostAndPort) ?? [];
  return { user: user && decode(user), host: stripBrackets(decode(host)), port, path: decode(path) };
}

/** Parses `host:path`, `user@host:path`, `[::1]:path` and the form `[user@host:port]:path`, which only git knows. */
function parseScpForm(text: string): AddressParts {
  const [, userOutside, destination = '', path = ''] =
    /^(?:([^@[\]:]*)@)?(\[[^\]]*\]|[^:[\]]*):(.*)$/s.exec(text) ?? [];
  const [, userInside, host = '', port] =
    /^(?:(.*)@)?([^:]*|.*:.*:.*?)(?::(\d+))?$/s.exec(stripBrackets(destination)) ?? [];
  return { user: userOutside ?? userInside, host, port, path };
}

function stripBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/s, '$1');
}

/** Decodes percent escapes. Like in git, an invalid escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Characters that OpenSSH refuses since 9.6 (CVE-2023-51385); older versions pass them to a shell.
const SHELL_SPECIAL = /[\s'"`$\\;&<>|(){}]/;

/** Returns the reason why the parts are not a valid address, and a hint. */
function findProblem({ user, host, port, path }: AddressParts): [why: string, hint?: string] | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this check matches control characters
  if (/[\u0000-\u001f\u007f]/.test([user, host, port, path].join(''))) return ['it contains a control character'];
  if (user?.includes(':')) {
    return ['it contains a password', 'Remove the password and use a key: ssh reads it from its agent or from ~/.ssh.'];
  }
  if (host === '') return ['it does not name a host'];
  if (path === '' || path === '/') return ['it does not name a repository on its host'];
  if (port && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    return [`'${port}' is not a valid port`];
  }
  for (const [name, part] of Object.entries({ user, host, path })) {
    if (part?.startsWith('-')) return [`its ${name} begins with '-' and could be mistaken for an option`];
  }
  if (SHELL_SPECIAL.test(host)) return [`'${host}' is not a valid host name`];
  return user !== undefined && SHELL_SPECIAL.test(user) ? [`'${user}' is not a valid user name`] : undefined;
}
