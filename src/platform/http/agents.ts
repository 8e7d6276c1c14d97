import * as http from 'node:http';
import * as https from 'node:https';
import type { Timeouts } from './idle-timeout.ts';
import { InvalidNetworkSetting } from './network-setting.ts';
import { ServerWait } from './server-wait.ts';

/** Keep-alive agents for http and https. Idle connections do not keep the process alive. */
export interface Agents extends Timeouts {
  readonly plain: http.Agent;
  readonly secure: https.Agent;
  /** Returns the time that a server is waited for. @param host with its port */
  waitFor(host: string): ServerWait;
}

/** Reports what is waited for after a while. */
export interface WaitNotice {
  readonly note?: ((text: string) => void) | undefined;
  readonly noticeMs?: number | undefined;
}

/** @throws InvalidNetworkSetting without the URL of the proxy, which may contain a password */
export function createAgents(
  variables: Readonly<Record<string, string | undefined>>,
  timeouts: Timeouts,
  notice: WaitNotice = {},
): Agents {
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
  return {
    ...timeouts,
    plain: new http.Agent(options),
    secure: new https.Agent(options),
    waitFor: waits(timeouts, notice),
  };
}

function waits({ connectTimeoutMs, timeoutMs }: Timeouts, notice: WaitNotice): Agents['waitFor'] {
  const byHost = new Map<string, ServerWait>();
  const longestMs = Math.max(connectTimeoutMs, timeoutMs);
  return (host) => {
    const wait = byHost.get(host) ?? new ServerWait(host, { ...notice, longestMs });
    byHost.set(host, wait);
    return wait;
  };
}

/** Returns the URL of a proxy. Without a scheme, such as `proxy.example:3128`, it is http, as for curl. */
function proxyUrl(value: string): string {
  const text = value.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}
