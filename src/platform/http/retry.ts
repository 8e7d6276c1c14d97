import type { Clock } from '../clock.ts';
import { SafeUrl } from '../safe-url.ts';
import { discard, type Http, type HttpRequest, type HttpResponse, NetworkFault } from './http.ts';

export interface RetrySettings {
  /** How often something is asked for at most, the first time included. */
  readonly attempts: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Is told what failed and when it is tried again. */
  note(text: string): void;
}

/** The longest wait before the second attempt, which doubles with each, and the longest of all. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/**
 * Asks again what failed for a reason that may pass: a connection that was refused, cut or timed out, too many requests
 * (429), a server in trouble (5xx). Only GET, which changes nothing. Waits are exponential with full jitter, so that
 * many that were cut off at once do not come back at once, and as long as `Retry-After` says; a server that wants to be
 * left alone for longer than a minute gets its way at once: its answer is the result.
 */
export function retrying(http: Http, settings: RetrySettings): Http {
  return {
    send: (request) =>
      (request.method ?? 'GET') === 'GET' ? new Attempts(http, request, settings).send({}) : http.send(request),
  };
}

/** All attempts at one request and at what follows from it, which share one number. */
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
        if (wait === undefined) return { ...response, again: (fault, more) => this.#again(fault, more) };
        await discard(response);
        await this.#pause(`it answered with HTTP status ${response.status}`, wait);
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  async #again(fault: Error, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    await this.#pauseAfter(fault);
    return this.send(headers);
  }

  /** @returns milliseconds, or `undefined` when this answer is the one */
  #waitAfter(response: HttpResponse): number | undefined {
    if (!isPassing(response.status) || this.#made >= this.#settings.attempts) return undefined;
    const asked = retryAfterMs(response.header('retry-after'), this.#settings.clock.now());
    if (asked !== undefined && asked > LONGEST_WAIT_MS) return undefined;
    return Math.max(asked ?? 0, this.#jitter());
  }

  /** @throws what is given, when it does not pass or was the last attempt */
  async #pauseAfter(error: unknown): Promise<void> {
    if (!(error instanceof NetworkFault) || !error.passing || this.#made >= this.#settings.attempts) throw error;
    await this.#pause(error.why, this.#jitter());
  }

  #jitter(): number {
    return this.#settings.random() * Math.min(FIRST_WAIT_MS * 2 ** (this.#made - 1), LONGEST_WAIT_MS);
  }

  /** The note names the server alone: the rest of an address may hold a secret, such as a signature. */
  async #pause(why: string, milliseconds: number): Promise<void> {
    const { attempts, clock, note } = this.#settings;
    const { host } = new URL(SafeUrl.of(this.#request.url).reveal());
    const when = `Trying again in ${(milliseconds / 1000).toFixed(1)} s (attempt ${this.#made + 1} of ${attempts}).`;
    note(`${host}: ${why}. ${when}`);
    await clock.sleep(milliseconds);
  }
}

/** 501 and 505 say what the server cannot do at all. */
function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), in milliseconds from now; `undefined` where it is neither. */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
