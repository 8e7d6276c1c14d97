import { join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { loginSecrets } from '../../platform/redact.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { findNetrcLogin, type Login } from './netrc.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the `Authorization` header for a server that requires one: the user's token for this host, then the token for
 * attune, then the credentials for git in general (SPEC section 5). A token is sent as the password of the user name that
 * GitHub, GitLab and Gitea accept with tokens; another name can precede it: `name:token`.
 */
export function findAuthorization(url: SafeUrl, variables: Variables): string | undefined {
  const { host, hostname } = new URL(`${url.origin}`);
  const token =
    variables[`ATTUNE_GIT_TOKEN_${host.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] ||
    variables['ATTUNE_GIT_TOKEN'] ||
    (host === 'github.com' && variables['GITHUB_TOKEN']);
  if (token) {
    const [, user = 'x-access-token', password = token] = /^([^:]+):(.*)$/.exec(token) ?? [];
    return toBasicAuth({ user, password });
  }
  const login = findNetrcLogin(readNetrc(variables), hostname);
  return login && toBasicAuth(login);
}

/** Returns all strings that would reveal an `Authorization` header made by `findAuthorization`. */
export function extractSecrets(authorization = ''): string[] {
  const encoded = authorization.replace(/^\S+\s+/, '');
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [encoded, ...loginSecrets(user, password.join(':'))];
}

function readNetrc(variables: Variables): string {
  const home = variables['HOME'] || variables['USERPROFILE'];
  const paths = variables['NETRC'] ? [variables['NETRC']] : home ? [join(home, '.netrc'), join(home, '_netrc')] : [];
  const path = paths.find((candidate) => inspectTarget(candidate)?.kind === 'file');
  return path === undefined ? '' : readFile(path).toString('utf8');
}

function toBasicAuth({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
