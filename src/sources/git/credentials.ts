import { join } from 'node:path';
import { inspectTarget, readFile } from '../../platform/files/read.ts';
import { secretsOfLogin } from '../../platform/redact.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { findNetrcLogin, type Login } from './netrc.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The `Authorization` for a server that asks for one: what the user keeps for exactly this host, then what they keep
 * for attune, then for git at large (SPEC section 5). A token is the password of the name that GitHub, GitLab and Gitea
 * take with one; another name can be put before it: `name:token`.
 */
export function findAuthorization(url: SafeUrl, variables: Variables): string | undefined {
  const { host, hostname } = new URL(`${url.origin}`);
  const token =
    variables[`ATTUNE_GIT_TOKEN_${host.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] ||
    variables['ATTUNE_GIT_TOKEN'] ||
    (host === 'github.com' && variables['GITHUB_TOKEN']);
  if (token) {
    const [, user = 'x-access-token', password = token] = /^([^:]+):(.*)$/.exec(token) ?? [];
    return basic({ user, password });
  }
  const login = findNetrcLogin(netrcText(variables), hostname);
  return login && basic(login);
}

/** All that gives away an `Authorization` which was made here. */
export function extractSecrets(authorization = ''): string[] {
  const encoded = authorization.replace(/^\S+\s+/, '');
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [encoded, ...secretsOfLogin(user, password.join(':'))];
}

function netrcText(variables: Variables): string {
  const home = variables['HOME'] || variables['USERPROFILE'];
  const places = variables['NETRC'] ? [variables['NETRC']] : home ? [join(home, '.netrc'), join(home, '_netrc')] : [];
  const place = places.find((path) => inspectTarget(path)?.kind === 'file');
  return place === undefined ? '' : readFile(place).toString('utf8');
}

function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
