import * as http from 'node:http';
import * as https from 'node:https';
import { AttuneError } from '../../errors.ts';
import type { Timeouts } from './idle-timeout.ts';

/** What the environment or the configuration says about connections, and cannot be. */
export class InvalidSetting extends AttuneError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('INVALID_CONFIG', message, { hint, cause });
  }
}

/** Connections that are kept for the next request to the same server. Idle ones do not keep the process. */
export interface Connections extends Timeouts {
  readonly plain: http.Agent;
  readonly secure: https.Agent;
}

/** @throws InvalidSetting without the address of the proxy, which may hold a password */
export function openConnections(
  variables: Readonly<Record<string, string | undefined>>,
  timeouts: Timeouts,
): Connections {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const wrong = names.find((name) => variables[name] && !/^https?:$/.test(URL.parse(variables[name])?.protocol ?? ''));
  if (wrong !== undefined) {
    throw new InvalidSetting(
      `The proxy that ${wrong} names cannot be used: it is not an http or https URL.`,
      'Write it like http://proxy.example:3128, or unset the variable.',
    );
  }
  const options = { keepAlive: true, proxyEnv: variables };
  return { ...timeouts, plain: new http.Agent(options), secure: new https.Agent(options) };
}
