import * as nodeHttp from 'node:http';
import { AttuneError, reasonOf } from '../errors.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface HttpResponse {
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Requests over HTTP. Answers of any status are results; only what prevents an answer is thrown. */
export interface Http {
  /** @throws NetworkFault, InvalidUrl */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpSettings {
  readonly offline: boolean;
  /** Plain http is otherwise only for loopback. */
  readonly allowPlain: boolean;
  /** Milliseconds until an answer's headers, and between two pieces of its body. */
  readonly timeoutMs: number;
  readonly redirects: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Why no answer came. */
export class NetworkFault extends AttuneError {
  constructor(
    detail: 'OFFLINE' | 'REFUSED' | 'UNREACHABLE' | 'TIMEOUT' | 'TLS' | 'REDIRECT',
    url: string,
    why: string,
    hint: string,
    cause?: unknown,
  ) {
    super(`NETWORK_${detail}`, `Cannot reach ${withoutUserInfo(url)}: ${why}.`, {
      facts: { url: withoutUserInfo(url) },
      hint,
      cause,
    });
  }
}

/** What is not a URL, or not one for HTTP. */
export class InvalidUrl extends AttuneError {
  constructor(url: string) {
    super('INVALID_URL', `'${withoutUserInfo(url)}' is not an http or https URL.`, {
      facts: { url: withoutUserInfo(url) },
      hint: 'Check its spelling.',
    });
  }
}

/** What the environment or the configuration says about connections, and cannot be. */
export class InvalidSetting extends AttuneError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('INVALID_CONFIG', message, { hint, cause });
  }
}

/** A URL as it may be printed: without the user info, which may be a secret. Not a URL at all comes back as it is. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export function systemHttp(settings: HttpSettings): Http {
  let proxied = false;
  return {
    async send(request) {
      if (!/^https?:$/.test(URL.parse(request.url)?.protocol ?? '')) throw new InvalidUrl(request.url);
      if (settings.offline) {
        throw new NetworkFault(
          'OFFLINE',
          request.url,
          '--offline forbids every connection',
          'Leave out --offline, or use a mirror on this machine.',
        );
      }
      if (!proxied) {
        useProxies(settings.variables);
        proxied = true;
      }
      return follow(request, settings);
    },
  };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

async function follow(request: HttpRequest, settings: HttpSettings): Promise<HttpResponse> {
  let { url } = request;
  let headers = { ...request.headers };
  for (let hop = 0; hop <= settings.redirects; hop++) {
    refusePlain(url, settings);
    const { response, stall } = await ask(url, { ...request, headers }, settings);
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) {
      return {
        url,
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        body: readBody(url, response, stall),
      };
    }
    await response.body?.cancel();
    stall.stop();
    const next = URL.parse(location, url);
    if (next === null) {
      throw new NetworkFault('REDIRECT', url, 'it redirects to what is not a URL', 'Tell who runs the server.');
    }
    if (next.origin !== new URL(url).origin) headers = withoutCredentials(headers);
    if (new URL(url).protocol === 'https:' && next.protocol !== 'https:') {
      throw new NetworkFault(
        'REDIRECT',
        url,
        `it redirects from https to ${next.protocol.slice(0, -1)}`,
        'Ask the publisher for an https address.',
      );
    }
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      throw new NetworkFault(
        'REDIRECT',
        url,
        `it redirects to a ${next.protocol} address`,
        'Ask the publisher for an https address.',
      );
    }
    url = next.href;
  }
  throw new NetworkFault(
    'REDIRECT',
    request.url,
    `it redirects more than ${settings.redirects} times`,
    'Use the address that it finally leads to.',
  );
}

function refusePlain(url: string, { allowPlain }: HttpSettings): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !allowPlain && !isLoopback(hostname)) {
    throw new NetworkFault(
      'REFUSED',
      url,
      'plain http can be read and changed on the way',
      'Use https, or set pack_registry.allow_http in config.yaml.',
    );
  }
}

/** Any other header may be a credential: `X-Api-Key`, `Job-Token`, whatever a registry wants. */
function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      /^(accept(-.*)?|content-type|if-(none-match|modified-since)|range|git-protocol)$/i.test(name),
    ),
  );
}

/** Checked here, because what `fetch` says of a wrong header quotes its value, which may be a secret. */
function refuseUnsendable(url: string, headers: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value.trim()));
  if (wrong === undefined) return;
  throw new InvalidSetting(
    `The header ${wrong[0]} for ${withoutUserInfo(url)} cannot be sent: its value has a line feed or another character that no header may have.`,
    'Correct the variable or the setting that it is made of.',
  );
}

/** User info that is not percent-encoded rightly is sent as it stands, as git and curl do. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws InvalidSetting without the address, which may hold a password */
function useProxies(variables: HttpSettings['variables']): void {
  try {
    nodeHttp.setGlobalProxyFromEnv(variables as NodeJS.ProcessEnv);
  } catch (error) {
    throw new InvalidSetting(
      'The proxy that HTTPS_PROXY or HTTP_PROXY names cannot be used: it is not an http or https URL.',
      'Write it like http://proxy.example:3128, or unset the variable.',
      error,
    );
  }
}

/** Ends a request when nothing has arrived for a while. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get expired(): boolean {
    return this.#controller.signal.aborted;
  }
}

async function ask(
  url: string,
  request: HttpRequest,
  settings: HttpSettings,
): Promise<{ response: Response; stall: StallTimer }> {
  refuseUnsendable(url, request.headers ?? {});
  const { username, password } = new URL(url);
  const credentials =
    username || password
      ? `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`
      : undefined;
  const stall = new StallTimer(settings.timeoutMs);
  try {
    const response = await fetch(withoutUserInfo(url), {
      method: request.method ?? 'GET',
      headers: {
        'user-agent': 'attune',
        'accept-encoding': 'identity',
        ...(credentials ? { authorization: credentials } : {}),
        ...request.headers,
      },
      ...(request.body ? { body: request.body as Uint8Array<ArrayBuffer> } : {}),
      redirect: 'manual',
      signal: stall.signal,
    });
    return { response, stall };
  } catch (error) {
    stall.stop();
    throw faultOf(url, error, stall.expired, settings);
  }
}

async function* readBody(url: string, response: Response, stall: StallTimer): AsyncGenerator<Uint8Array> {
  if (response.body === null) {
    stall.stop();
    return;
  }
  try {
    for await (const chunk of response.body) {
      stall.restart();
      yield chunk;
    }
  } catch (error) {
    throw faultOf(url, error, stall.expired, undefined);
  } finally {
    stall.stop();
  }
}

const NETWORK_CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no network',
  UND_ERR_SOCKET: 'the connection was cut',
};

function faultOf(url: string, error: unknown, timedOut: boolean, settings: HttpSettings | undefined): NetworkFault {
  const hint =
    'Check the network, a proxy (HTTPS_PROXY) and the address; behind an air gap, set up a mirror in config.yaml.';
  if (timedOut) {
    const seconds = settings ? ` within ${settings.timeoutMs / 1000} s` : '';
    return new NetworkFault('TIMEOUT', url, `no answer came${seconds}`, hint, error);
  }
  const cause = deepestCause(error);
  const code = String(cause.code ?? '');
  if (/CERT|SELF_SIGNED|UNABLE_TO|SSL|TLS/.test(code)) {
    return new NetworkFault(
      'TLS',
      url,
      `its certificate is not trusted (${code})`,
      'Name the certificate authority in NODE_EXTRA_CA_CERTS.',
      error,
    );
  }
  return new NetworkFault('UNREACHABLE', url, NETWORK_CAUSES[code] ?? reasonOf(cause), hint, error);
}

function deepestCause(error: unknown): { code?: unknown } & Error {
  let current = error as Error & { code?: unknown; errors?: unknown[] };
  for (let depth = 0; depth < 5; depth++) {
    const next = current.cause ?? current.errors?.[0];
    if (!(next instanceof Error)) break;
    current = next as typeof current;
  }
  return current;
}
