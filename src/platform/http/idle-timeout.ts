import { type Clock, systemClock } from '../clock.ts';
import type { SafeUrl } from '../safe-url.ts';
import { StallWindow } from '../stall-window.ts';
import type { NetworkError } from './http.ts';
import { type Phase, timeoutError } from './network-error.ts';
import type { ServerWait } from './server-wait.ts';

export interface Timeouts {
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

/** What is waited for in each phase, before the host. */
const WAITED_FOR: Readonly<Record<ActivePhase, string>> = {
  connecting: 'a connection to',
  waiting: 'the response of',
  reading: 'the rest of the response of',
};

type ActivePhase = Exclude<Phase, 'slow' | 'exhausted'>;

/** Aborts a request that makes no progress. */
export class IdleTimer {
  readonly #timeouts: Timeouts;
  readonly #wait: ServerWait;
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #window: StallWindow;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  /** The error of the request that has timed out. */
  #expired: ((url: SafeUrl) => NetworkError) | undefined;
  onTimeout: () => void = () => {};

  constructor(timeouts: Timeouts, wait: ServerWait, clock: Pick<Clock, 'elapsed'> = systemClock) {
    this.#timeouts = timeouts;
    this.#wait = wait;
    this.#clock = clock;
    this.#window = new StallWindow(timeouts.timeoutMs);
  }

  start(phase: ActivePhase): void {
    this.stop();
    const limit = this.#limitOf(phase);
    const milliseconds = Math.min(limit, this.#wait.remainingMs);
    this.#startedAt = this.#clock.elapsed();
    this.#wait.begin(WAITED_FOR[phase]);
    this.#timer = setTimeout(() => {
      this.stop();
      this.#expired = (url) => this.#errorOf(url, phase);
      this.onTimeout();
    }, milliseconds);
    // The connection keeps the process alive; an unread response should not.
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wait.end();
  }

  /** Pauses the timer because a part of the response has arrived. */
  received(bytes: number): void {
    const waited = this.#clock.elapsed() - this.#startedAt;
    this.stop();
    if (this.#window.add(waited, bytes)) this.#wait.progress();
  }

  /** Stops the timer because the response is complete. */
  complete(): void {
    this.stop();
    this.#wait.progress();
  }

  /** Returns the error of a request that has timed out; `undefined` for any other. */
  errorFor(url: SafeUrl): NetworkError | undefined {
    return this.#expired?.(url);
  }

  #errorOf(url: SafeUrl, phase: ActivePhase): NetworkError {
    if (this.#wait.remainingMs <= 0) return timeoutError(url, 'exhausted', this.#wait.budgetMs);
    const isSlow = phase === 'reading' && !this.#window.stallIsSilence;
    return timeoutError(url, isSlow ? 'slow' : phase, this.#stated(phase));
  }

  #limitOf(phase: ActivePhase): number {
    return phase === 'reading' ? this.#window.remainingMs : this.#stated(phase);
  }

  #stated(phase: ActivePhase): number {
    return phase === 'connecting' ? this.#timeouts.connectTimeoutMs : this.#timeouts.timeoutMs;
  }
}
