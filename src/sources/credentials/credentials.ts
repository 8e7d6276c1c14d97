import { join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { decodePercent, loginSecrets } from '../../platform/redact.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { findNetrcLogin, type Login } from './netrc.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The `Authorization` headers for a URL (SPEC section 5). */
export interface Credentials {
  /** Belongs to this host and is sent with the first request. */
  readonly bound: string | undefined;
  /** Is sent only to a server that does not answer without it. */
  readonly general: string | undefined;
}

/**
 * Finds the credentials for a URL: a login in the URL, the variable of the host, and its entry in `.netrc` are bound to the
 * host; `ATTUNE_GIT_TOKEN`, `GITHUB_TOKEN` for github.com, and the default of `.netrc` are general. If the URL has a user
 * name alone, the others provide its password.
 */
export function findCredentials(url: SafeUrl, variables: Variables): Credentials {
  const { host, hostname, username, password } = new URL(url.reveal());
  const user = decodePercent(username);
  if (password !== '') return { bound: toBasicAuth({ user, password: decodePercent(password) }), general: undefined };
  const variable = (name: string) => toLogin(variables[name]?.trim(), user);
  const netrc = readNetrc(variables);
  const bound =
    variable(`ATTUNE_GIT_TOKEN_${toVariableName(host)}`) ??
    variable(`ATTUNE_GIT_TOKEN_${toVariableName(hostname)}`) ??
    findNetrcLogin(netrc, { host: hostname, user });
  const general =
    variable('ATTUNE_GIT_TOKEN') ??
    (host === 'github.com' ? variable('GITHUB_TOKEN') : undefined) ??
    findNetrcLogin(netrc, { host: undefined, user });
  // Some servers accept a token in place of the user name, without a password.
  const userOnly = user !== '' && general === undefined ? { user, password: '' } : undefined;
  return { bound: toBasicAuth(bound ?? userOnly), general: toBasicAuth(general) };
}

function toVariableName(host: string): string {
  return host.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** Reads a token, `TOKEN` or `USER:TOKEN`. GitHub, GitLab and Gitea accept a token with this user name. */
function toLogin(token: string | undefined, user: string): Login | undefined {
  if (!token) return undefined;
  const [, name = user || 'x-access-token', password = token] = /^([^:]+):(.*)$/.exec(token) ?? [];
  return { user: name, password };
}

/** Returns all strings that would reveal an `Authorization` header. */
export function extractSecrets(authorization = ''): string[] {
  const encoded = authorization.replace(/^\S+\s+/, '');
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [encoded, ...loginSecrets(user, password.join(':'))];
}

/** @throws FileError, also for a FIFO, a socket or a device */
function readNetrc(variables: Variables): string {
  const home = variables['HOME'] || variables['USERPROFILE'];
  const named = variables['NETRC']?.replace(/^~(?=\/|$)/, () => home ?? '~');
  const paths = named ? [named] : home ? [join(home, '.netrc'), join(home, '_netrc')] : [];
  const path = paths.find((candidate) => (inspectTarget(candidate)?.kind ?? 'directory') !== 'directory');
  return path === undefined ? '' : readFile(path).toString('utf8');
}

function toBasicAuth(login: Login | undefined): string | undefined {
  return login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
}
