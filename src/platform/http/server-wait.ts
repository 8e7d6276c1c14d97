import { type Clock, systemClock } from '../clock.ts';

/** The time without progress after which a message says what is waited for. */
const NOTICE_MS = 10_000;
/** The time without progress in all attempts, as a multiple of the longest one: three attempts and the pauses between them. */
const BUDGET_FACTOR = 3.2;

export interface WaitSettings {
  /** The longest wait of one attempt. */
  readonly longestMs: number;
  /** Reports what is waited for; by default nothing is reported. */
  readonly note?: ((text: string) => void) | undefined;
  readonly noticeMs?: number | undefined;
  readonly clock?: Pick<Clock, 'elapsed'>;
}

/**
 * The time that one server is waited for without progress, in all requests and attempts together. Waits that overlap count
 * once. A response that was received to its end, or a transfer that is fast enough, is progress.
 */
export class ServerWait {
  readonly #host: string;
  readonly #settings: WaitSettings;
  readonly #clock: Pick<Clock, 'elapsed'>;
  #waits = 0;
  #since = 0;
  #spentMs = 0;
  #announced = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: string, settings: WaitSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#clock = settings.clock ?? systemClock;
  }

  /** The time that the server may be waited for in all. */
  get budgetMs(): number {
    return BUDGET_FACTOR * this.#settings.longestMs;
  }

  /** The time that the server may still be waited for. */
  get remainingMs(): number {
    return Math.max(0, this.budgetMs - this.#elapsedMs);
  }

  /** @param what completes the sentence "Waiting for" */
  begin(what: string): void {
    if (this.#waits === 0) this.#since = this.#clock.elapsed();
    this.#waits += 1;
    this.#announceLater(what);
  }

  end(): void {
    const elapsed = this.#elapsedMs;
    this.#waits -= 1;
    this.#spentMs = elapsed;
    this.#since = this.#clock.elapsed();
    if (this.#waits === 0) clearTimeout(this.#timer);
  }

  progress(): void {
    this.#spentMs = 0;
    this.#since = this.#clock.elapsed();
    this.#announced = false;
  }

  get #elapsedMs(): number {
    return this.#spentMs + (this.#waits === 0 ? 0 : this.#clock.elapsed() - this.#since);
  }

  #announceLater(what: string): void {
    const { note, noticeMs = NOTICE_MS } = this.#settings;
    if (note === undefined || this.#announced) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#announced = true;
        note(`Waiting for ${what} ${this.#host} (${Math.round(this.#elapsedMs / 1000)} s so far).`);
      },
      Math.max(0, noticeMs - this.#elapsedMs),
    );
    this.#timer.unref();
  }
}
