/** A slower transfer counts as stalled (SPEC section 5). */
const MIN_BYTES_PER_SECOND = 1024;

/**
 * Measures a transfer over the time that it is waited for. A transfer is stalled when fewer than 1,024 bytes per second
 * have arrived over the timeout: silence alone would not detect a server that sends a byte now and then.
 */
export class StallWindow {
  readonly #timeoutMs: number;
  #waitedMs = 0;
  #bytes = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The time after which the transfer is stalled unless more arrives. */
  get remainingMs(): number {
    return Math.max(0, this.#timeoutMs - this.#waitedMs);
  }

  /** True if a transfer that stalls now was silent for most of the timeout, and not slow. */
  get stallIsSilence(): boolean {
    return this.#waitedMs < this.#timeoutMs / 2;
  }

  /** Counts what has arrived after a wait. @returns true if the transfer has made progress, and the measurement restarts */
  add(waitedMs: number, bytes: number): boolean {
    this.#waitedMs += waitedMs;
    this.#bytes += bytes;
    if (this.#bytes * 1000 < MIN_BYTES_PER_SECOND * this.#timeoutMs) return false;
    this.#waitedMs = 0;
    this.#bytes = 0;
    return true;
  }
}
