import type { SafeUrl } from '../safe-url.ts';
import type { NetworkFault } from './http.ts';
import { type Phase, timeoutFault } from './network-error.ts';

export interface Timeouts {
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

/** Ends a request in which nothing has happened for a while. */
export class Watch {
  readonly #timeouts: Timeouts;
  #timer: NodeJS.Timeout | undefined;
  /** In which phase it was ended. */
  expired: Phase | undefined;
  end: () => void = () => {};

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  start(phase: Phase): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.expired = phase;
      this.end();
    }, this.#milliseconds(phase));
    // The connection keeps the process; an answer that nobody reads need not.
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  fault(url: SafeUrl, phase: Phase): NetworkFault {
    return timeoutFault(url, phase, this.#milliseconds(phase));
  }

  #milliseconds(phase: Phase): number {
    return phase === 'connecting' ? this.#timeouts.connectTimeoutMs : this.#timeouts.timeoutMs;
  }
}
