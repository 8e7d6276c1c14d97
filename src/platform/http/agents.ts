import * as http from 'node:http';
import * as https from 'node:https';
import { AttuneError } from '../../errors.ts';
import type { Timeouts } from './idle-timeout.ts';

/** An invalid network setting in the environment or the configuration. */
export class InvalidNetworkSetting extends AttuneError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('INVALID_CONFIG', message, { hint, cause });
  }
}

/** Keep-alive agents for http and https. Idle connections do not keep the process alive. */
export interface Agents extends Timeouts {
  readonly plain: http.Agent;
  readonly secure: https.Agent;
}

/** @throws InvalidNetworkSetting without the URL of the proxy, which may contain a password */
export function createAgents(variables: Readonly<Record<string, string | undefined>>, timeouts: Timeouts): Agents {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const proxies = Object.fromEntries(
    names.flatMap((name) => (variables[name] ? [[name, proxyUrl(variables[name])]] : [])),
  );
  const wrong = names.find((name) => proxies[name] && !/^https?:$/.test(URL.parse(proxies[name])?.protocol ?? ''));
  if (wrong !== undefined) {
    throw new InvalidNetworkSetting(
      `The proxy in ${wrong} cannot be used: it is not an http or https URL.`,
      'Write it like http://proxy.example:3128, or unset the variable.',
    );
  }
  const options = { keepAlive: true, proxyEnv: { ...variables, ...proxies } };
  return { ...timeouts, plain: new http.Agent(options), secure: new https.Agent(options) };
}

/** Returns the URL of a proxy. Without a scheme, such as `proxy.example:3128`, it is http, as for curl. */
function proxyUrl(value: string): string {
  const text = value.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}
