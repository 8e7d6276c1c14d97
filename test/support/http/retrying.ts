import type { Http } from '../../../src/platform/http/http.ts';
import { type RetrySettings, withRetries } from '../../../src/platform/http/retry.ts';

/** Retries that take no time, and what they would have taken. */
export interface Hasty {
  readonly http: Http;
  /** Milliseconds. */
  readonly slept: readonly number[];
  readonly notes: readonly string[];
}

/** The dice always show the highest number, and it is the first of January 2026, noon. */
export function hasty(http: Http, settings: Partial<RetrySettings> = {}): Hasty {
  const slept: number[] = [];
  const notes: string[] = [];
  const clock: RetrySettings['clock'] = {
    now: () => new Date('2026-01-01T12:00:00Z'),
    sleep: async (milliseconds) => void slept.push(milliseconds),
  };
  const note = (text: string) => void notes.push(text);
  return { http: withRetries(http, { attempts: 4, clock, random: () => 1, note, ...settings }), slept, notes };
}
