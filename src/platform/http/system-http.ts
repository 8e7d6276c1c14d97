import { SafeUrl } from '../safe-url.ts';
import type { Agents, WaitNotice } from './agents.ts';
import { type Http, InvalidUrl, isLoopback, NetworkError, offlineError } from './http.ts';
import { refuseSpecialCertificates } from './network-setting.ts';

export interface HttpSettings extends WaitNotice {
  readonly offline: boolean;
  /** Allows plain http to other hosts than loopback. */
  readonly allowPlain: boolean;
  /** Milliseconds for name resolution, connection and TLS handshake together; 15 s by default. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds until the response headers, and in which less than 1 KiB/s of the body may arrive. */
  readonly timeoutMs: number;
  readonly redirects: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Returns the port that uses Node's HTTP client. With `--offline` the client is never loaded. Each request is sent once; see
 * `withRetries`.
 */
export function systemHttp(settings: HttpSettings): Http {
  let agents: Agents | undefined;
  return {
    async send(request) {
      const url = SafeUrl.of(request.url);
      if (!/^https?:$/.test(URL.parse(url.reveal())?.protocol ?? '')) throw new InvalidUrl(url);
      if (settings.offline) throw offlineError(url);
      refuseSpecialCertificates(settings.variables['NODE_EXTRA_CA_CERTS']);
      const [{ createAgents }, { followRedirects }, { sendOnce }] = await Promise.all([
        import('./agents.ts'),
        import('./redirects.ts'),
        import('./send.ts'),
      ]);
      const { timeoutMs, connectTimeoutMs = CONNECT_TIMEOUT_MS, note, noticeMs } = settings;
      agents ??= createAgents(settings.variables, { connectTimeoutMs, timeoutMs }, { note, noticeMs });
      const shared = agents;
      return followRedirects({ ...request, url }, settings.redirects, (hop) => {
        refusePlain(hop.url, settings.allowPlain);
        return sendOnce(hop, shared);
      });
    },
  };
}

function refusePlain(url: SafeUrl, allowPlain: boolean): void {
  const { protocol, hostname } = new URL(url.reveal());
  if (protocol !== 'http:' || allowPlain || isLoopback(hostname)) return;
  throw new NetworkError(
    'REFUSED',
    url,
    'plain http can be read and modified in transit',
    'Use https, or set pack_registry.allow_http in settings.yaml.',
  );
}
