import type { SafeUrl } from '../safe-url.ts';
import type { NetworkError } from './http.ts';
import { type Phase, timeoutError } from './network-error.ts';

export interface Timeouts {
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

/** Aborts a request that makes no progress. */
export class IdleTimer {
  readonly #timeouts: Timeouts;
  #timer: NodeJS.Timeout | undefined;
  /** The phase in which the request timed out. */
  expired: Phase | undefined;
  onTimeout: () => void = () => {};

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  start(phase: Phase): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.expired = phase;
      this.onTimeout();
    }, this.#milliseconds(phase));
    // The connection keeps the process alive; an unread response should not.
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  error(url: SafeUrl, phase: Phase): NetworkError {
    return timeoutError(url, phase, this.#milliseconds(phase));
  }

  #milliseconds(phase: Phase): number {
    return phase === 'connecting' ? this.#timeouts.connectTimeoutMs : this.#timeouts.timeoutMs;
  }
}
