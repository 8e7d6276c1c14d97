/**
 * The port through which everything that speaks HTTP goes. What is behind it, from the top: `http-retry.ts` asks again
 * what failed for a passing reason, `system-http.ts` refuses what must not be asked (offline, plain http),
 * `http-redirects.ts` follows redirects, `http-send.ts` sends one request. `http-receive.ts` reads a long answer to its
 * end, also over several connections.
 */
import { AttuneError } from '../../errors.ts';
import { SafeUrl } from '../safe-url.ts';

export interface HttpRequest {
  readonly url: SafeUrl | string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The body's very bytes are wanted, also where the server put a `Content-Encoding` around them. Else it is decoded. */
  readonly undecoded?: boolean;
}

export interface HttpResponse {
  /** After redirects. */
  readonly url: SafeUrl;
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** The body was taken out of a `Content-Encoding`: the headers speak of the length and the parts of something else. */
  readonly decoded?: boolean;
  /**
   * Asks once more, after a while, for what this answer failed to bring; with these headers beside those of the request.
   * It is there where requests are retried. @throws `fault` when they have been often enough
   */
  readonly again?: (fault: Error, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;
}

/** Requests over HTTP. Answers of any status are results; only what prevents an answer is thrown. */
export interface Http {
  /** @throws NetworkFault, InvalidUrl */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export type NetworkDetail = 'OFFLINE' | 'REFUSED' | 'UNREACHABLE' | 'TIMEOUT' | 'TLS' | 'REDIRECT' | 'PROTOCOL';

/** Why no answer came, or not the whole of it. */
export class NetworkFault extends AttuneError {
  /** The rest of a sentence that begins with the address. */
  readonly why: string;
  /** It may go well the next time. */
  readonly passing: boolean;

  constructor(
    detail: NetworkDetail,
    url: SafeUrl | string,
    why: string,
    hint: string,
    { passing = false, cause }: { readonly passing?: boolean; readonly cause?: unknown } = {},
  ) {
    super(`NETWORK_${detail}`, `Cannot reach ${SafeUrl.of(url)}: ${why}.`, {
      facts: { url: `${SafeUrl.of(url)}` },
      hint,
      cause,
    });
    this.why = why;
    this.passing = passing;
  }
}

/** What is not a URL, or not one for HTTP. */
export class InvalidUrl extends AttuneError {
  constructor(url: SafeUrl) {
    super('INVALID_URL', `'${url}' is not an http or https URL.`, {
      facts: { url: `${url}` },
      hint: 'Check its spelling.',
    });
  }
}

/** What every port that could open a connection throws instead, before it does anything. */
export function offlineForbids(url: SafeUrl | string): NetworkFault {
  const hint = 'Leave out --offline, or use a mirror on this machine.';
  return new NetworkFault('OFFLINE', url, '--offline forbids every connection', hint);
}

export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Ends an answer that nobody reads, so that its connection does not stay open until it times out. */
export async function discard({ body }: HttpResponse): Promise<void> {
  try {
    for await (const _ of body) break;
  } catch {
    // It ended by itself.
  }
}
