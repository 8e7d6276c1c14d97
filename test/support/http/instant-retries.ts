import type { Http } from '../../../src/platform/http/http.ts';
import { type RetrySettings, withRetries } from '../../../src/platform/http/retry.ts';

/** A client that retries without delay, and the delays that it would have made. */
export interface InstantRetries {
  readonly http: Http;
  /** Milliseconds. */
  readonly slept: readonly number[];
  readonly notes: readonly string[];
}

/** Adds retries without delay to a client. Random numbers are always 1, and the time is noon on 1 January 2026. */
export function withInstantRetries(http: Http, settings: Partial<RetrySettings> = {}): InstantRetries {
  const slept: number[] = [];
  const notes: string[] = [];
  const clock: RetrySettings['clock'] = {
    now: () => new Date('2026-01-01T12:00:00Z'),
    sleep: async (milliseconds) => void slept.push(milliseconds),
  };
  const note = (text: string) => void notes.push(text);
  return { http: withRetries(http, { attempts: 4, clock, random: () => 1, note, ...settings }), slept, notes };
}
