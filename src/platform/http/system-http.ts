import { SafeUrl } from '../safe-url.ts';
import type { Connections } from './agents.ts';
import { type Http, InvalidUrl, isLoopback, NetworkFault, offlineForbids } from './http.ts';

export interface HttpSettings {
  readonly offline: boolean;
  /** Plain http is otherwise only for loopback. */
  readonly allowPlain: boolean;
  /** Milliseconds until there is a connection, with its name looked up and TLS agreed on; 15 s where it is left out. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds until an answer's headers, and between two pieces of its body. */
  readonly timeoutMs: number;
  readonly redirects: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * The network, by Node's own HTTP client. Offline it is never even loaded: there is nothing that could open a
 * connection. Each request is sent once; see `retrying`.
 */
export function systemHttp(settings: HttpSettings): Http {
  let connections: Connections | undefined;
  return {
    async send(request) {
      const url = SafeUrl.of(request.url);
      if (!/^https?:$/.test(URL.parse(url.reveal())?.protocol ?? '')) throw new InvalidUrl(url);
      if (settings.offline) throw offlineForbids(url);
      const [{ openConnections }, { followRedirects }, { sendOnce }] = await Promise.all([
        import('./agents.ts'),
        import('./redirects.ts'),
        import('./send.ts'),
      ]);
      const { timeoutMs, connectTimeoutMs = CONNECT_TIMEOUT_MS } = settings;
      connections ??= openConnections(settings.variables, { connectTimeoutMs, timeoutMs });
      const through = connections;
      return followRedirects({ ...request, url }, settings.redirects, (hop) => {
        refusePlain(hop.url, settings.allowPlain);
        return sendOnce(hop, through);
      });
    },
  };
}

function refusePlain(url: SafeUrl, allowPlain: boolean): void {
  const { protocol, hostname } = new URL(url.reveal());
  if (protocol !== 'http:' || allowPlain || isLoopback(hostname)) return;
  throw new NetworkFault(
    'REFUSED',
    url,
    'plain http can be read and changed on the way',
    'Use https, or set pack_registry.allow_http in config.yaml.',
  );
}
