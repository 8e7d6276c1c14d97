import type { Clock } from '../clock.ts';
import { SafeUrl } from '../safe-url.ts';
import { discard, type Http, type HttpRequest, type HttpResponse, NetworkError } from './http.ts';

export interface RetrySettings {
  /** The maximum number of attempts, including the first one. */
  readonly attempts: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  /** Reports what failed and when it is retried. */
  note(text: string): void;
}

/** The maximum wait before the second attempt, which doubles with each attempt. */
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 60_000;

/**
 * Retries GET requests after transient errors: a connection that was refused, cut or timed out, too many requests (429), or
 * a server error (5xx). Waits are exponential with full jitter, so that clients that failed together do not retry together,
 * and at least as long as `Retry-After`. If `Retry-After` exceeds a minute, the response is returned without a retry.
 */
export function withRetries(http: Http, settings: RetrySettings): Http {
  return {
    send: (request) =>
      (request.method ?? 'GET') === 'GET' ? new Attempts(http, request, settings).send({}) : http.send(request),
  };
}

/** All attempts at one request. Attempts that continue an interrupted response count towards the same limit. */
class Attempts {
  readonly #http: Http;
  readonly #request: HttpRequest;
  readonly #settings: RetrySettings;
  #made = 0;

  constructor(http: Http, request: HttpRequest, settings: RetrySettings) {
    this.#http = http;
    this.#request = request;
    this.#settings = settings;
  }

  async send(headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    const request = { ...this.#request, headers: { ...this.#request.headers, ...headers } };
    for (;;) {
      this.#made += 1;
      try {
        const response = await this.#http.send(request);
        const wait = this.#waitAfter(response);
        if (wait === undefined) return { ...response, retry: (error, more) => this.#retry(error, more) };
        await discard(response);
        await this.#pause(`it answered with HTTP status ${response.status}`, wait);
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  async #retry(error: Error, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    await this.#pauseAfter(error);
    return this.send(headers);
  }

  /** Returns milliseconds, or `undefined` if the response is final. */
  #waitAfter(response: HttpResponse): number | undefined {
    if (!isTransientStatus(response.status) || this.#made >= this.#settings.attempts) return undefined;
    const requested = retryAfterMs(response.header('retry-after'), this.#settings.clock.now());
    if (requested !== undefined && requested > MAX_WAIT_MS) return undefined;
    return Math.max(requested ?? 0, this.#jitter());
  }

  /** @throws the given error if it is not transient or no attempt is left */
  async #pauseAfter(error: unknown): Promise<void> {
    if (!(error instanceof NetworkError) || !error.transient || this.#made >= this.#settings.attempts) throw error;
    await this.#pause(error.why, this.#jitter());
  }

  #jitter(): number {
    return this.#settings.random() * Math.min(FIRST_WAIT_MS * 2 ** (this.#made - 1), MAX_WAIT_MS);
  }

  /** Names only the host in the note: the rest of the URL may contain a secret, such as a signature. */
  async #pause(why: string, milliseconds: number): Promise<void> {
    const { attempts, clock, note } = this.#settings;
    const { host } = new URL(SafeUrl.of(this.#request.url).reveal());
    const when = `Trying again in ${(milliseconds / 1000).toFixed(1)} s (attempt ${this.#made + 1} of ${attempts}).`;
    note(`${host}: ${why}. ${when}`);
    await clock.sleep(milliseconds);
  }
}

/** 501 and 505 mean that the server does not support the request at all. */
function isTransientStatus(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Parses `Retry-After`, seconds or a date (RFC 9110, 10.2.3), to milliseconds from now; `undefined` if it is neither. */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
