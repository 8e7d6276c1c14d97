/**
 * The port for all HTTP requests. Its implementation, from the top: `retry.ts` repeats requests after transient errors,
 * `system-http.ts` rejects forbidden requests (offline, plain http), `redirects.ts` follows redirects, `send.ts` sends one
 * request. `receive-resumable.ts` reads a long response to its end, over several connections if necessary.
 */
import { AttuneError } from '../../errors.ts';
import { SafeUrl } from '../safe-url.ts';

export interface HttpRequest {
  readonly url: SafeUrl | string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Returns the response body as sent, without decoding its `Content-Encoding`. */
  readonly keepEncoding?: boolean;
}

export interface HttpResponse {
  /** The URL after redirects. */
  readonly url: SafeUrl;
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** The body was decoded, so the length and ranges in the headers do not apply to it. */
  readonly decoded?: boolean;
  /**
   * Repeats the request with additional headers, after a delay, because the body of this response ended early. Present where
   * requests are retried.
   * @throws `error` if no attempt is left
   */
  readonly retry?: (error: Error, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;
}

/** Sends HTTP requests. A response of any status is a result; an error means that there was no response. */
export interface Http {
  /** @throws NetworkError, InvalidUrl */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export type NetworkDetail = 'OFFLINE' | 'REFUSED' | 'UNREACHABLE' | 'TIMEOUT' | 'TLS' | 'REDIRECT' | 'PROTOCOL';

/** A response is missing or incomplete. */
export class NetworkError extends AttuneError {
  /** The reason, as the rest of a sentence that starts with the URL. */
  readonly why: string;
  /** The request may succeed when it is repeated. */
  readonly transient: boolean;

  constructor(
    detail: NetworkDetail,
    url: SafeUrl | string,
    why: string,
    hint: string,
    { transient = false, cause }: { readonly transient?: boolean; readonly cause?: unknown } = {},
  ) {
    super(`NETWORK_${detail}`, `Cannot reach ${SafeUrl.of(url)}: ${why}.`, {
      facts: { url: `${SafeUrl.of(url)}` },
      hint,
      cause,
    });
    this.why = why;
    this.transient = transient;
  }
}

/** The text is not a valid URL, or has another scheme than http and https. */
export class InvalidUrl extends AttuneError {
  constructor(url: SafeUrl) {
    super('INVALID_URL', `'${url}' is not an http or https URL.`, {
      facts: { url: `${url}` },
      hint: 'Check its spelling.',
    });
  }
}

/** Returns the error that every port that opens connections throws with `--offline`. */
export function offlineError(url: SafeUrl | string): NetworkError {
  const hint = 'Omit --offline, or use a mirror on this machine.';
  return new NetworkError('OFFLINE', url, '--offline forbids every connection', hint);
}

export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Discards the body of a response that is not read; otherwise its connection would stay open until the timeout. */
export async function discard({ body }: HttpResponse): Promise<void> {
  try {
    for await (const _ of body) break;
  } catch {
    // The body is not needed.
  }
}
