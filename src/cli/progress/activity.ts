/**
 * The progress of an activity. The worker reports it with every chunk, thousands of times a second, so a report only
 * stores three values; the rate is computed when the progress is displayed, at most ten times a second.
 */
import type { ProgressUnit } from '../../platform/reporter.ts';

/** The progress of an activity at one time. */
export interface ProgressSnapshot {
  readonly what: string;
  readonly done: number;
  /** `undefined` unless it is plausible: finite, positive and not less than `done`. */
  readonly total: number | undefined;
  readonly unit: ProgressUnit;
  /** Bytes per second; `undefined` for other units and during the first second. */
  readonly rate: number | undefined;
}

export class Progress {
  readonly what: string;
  readonly #rate = new Rate();
  #done: number | undefined;
  #total: number | undefined;
  #unit: ProgressUnit = 'bytes';

  /** @param what the name of the activity, on one line and safe to print */
  constructor(what: string) {
    this.what = what;
  }

  advance(done: number, total: number | undefined, unit: ProgressUnit): void {
    this.#done = done;
    this.#total = total;
    this.#unit = unit;
  }

  /**
   * @param now the time of a monotonic clock in milliseconds
   * @returns `undefined` before the first report
   */
  at(now: number): ProgressSnapshot | undefined {
    if (this.#done === undefined) return undefined;
    const done = Math.max(0, this.#done);
    const total = this.#total !== undefined && this.#total >= Math.max(1, done) ? this.#total : undefined;
    return {
      what: this.what,
      done,
      total: Number.isFinite(total) ? total : undefined,
      unit: this.#unit,
      rate: this.#unit === 'bytes' ? this.#rate.at(now, done) : undefined,
    };
  }
}

const SMOOTHING_SECONDS = 3;
const MIN_MEASURED_SECONDS = 1;

/**
 * An exponential moving average over time. It is divided by the total weight so far, because it would otherwise rise
 * slowly from zero.
 */
class Rate {
  #last: { readonly time: number; readonly done: number } | undefined;
  #seconds = 0;
  #average = 0;

  at(time: number, done: number): number | undefined {
    // The amount of the first sample does not count: a download may resume an earlier one.
    if (this.#last === undefined || done < this.#last.done) this.#reset();
    const last = this.#last ?? { time, done };
    const seconds = (time - last.time) / 1000;
    if (seconds > 0) {
      const weight = Math.exp(-seconds / SMOOTHING_SECONDS);
      this.#average = this.#average * weight + ((done - last.done) / seconds) * (1 - weight);
      this.#seconds += seconds;
    }
    this.#last = { time, done };
    if (this.#seconds < MIN_MEASURED_SECONDS) return undefined;
    return this.#average / (1 - Math.exp(-this.#seconds / SMOOTHING_SECONDS));
  }

  #reset(): void {
    this.#last = undefined;
    this.#seconds = 0;
    this.#average = 0;
  }
}
