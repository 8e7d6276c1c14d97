/**
 * The progress of an activity, as numbers and as text. The worker reports it with every chunk, thousands of times a
 * second, so a report only stores three values; rates and texts are computed when the progress is displayed, at most ten
 * times a second.
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

/** Returns the percentage, such as `45%`, rounded down so that only a complete activity shows `100%`. */
export function formatPercentage({ done, total }: ProgressSnapshot): string | undefined {
  return total === undefined ? undefined : `${Math.floor((100 * done) / total)}%`;
}

/** Returns the amount: `4.5/10 MiB`, `4.5 MiB`, `12/345 files`, `12 objects`. */
export function formatAmount({ done, total, unit }: ProgressSnapshot): string {
  if (unit !== 'bytes') return `${total === undefined ? done : `${done}/${total}`} ${unit}`;
  if (total === undefined) return formatBytes(done);
  const power = powerOf(total);
  return `${inUnit(done, power)}/${inUnit(total, power)} ${UNITS[power]}`;
}

/** Returns the rate, such as `1.2 MiB/s`. */
export function formatRate({ rate }: ProgressSnapshot): string | undefined {
  return rate === undefined ? undefined : `${formatBytes(rate)}/s`;
}

const MAX_SHOWN_SECONDS = 100 * 3600;

/** Returns the remaining time, `0:05 left` or `1:02:03 left`; `undefined` if unknown, zero or 100 hours and more. */
export function formatTimeLeft({ done, total, rate }: ProgressSnapshot): string | undefined {
  if (total === undefined || total === done || rate === undefined || rate <= 0) return undefined;
  const seconds = Math.ceil((total - done) / rate);
  if (seconds >= MAX_SHOWN_SECONDS) return undefined;
  const twoDigits = (amount: number) => String(amount).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const clock =
    minutes < 60
      ? `${minutes}:${twoDigits(seconds % 60)}`
      : `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return `${clock} left`;
}

/** Returns all known figures on one line, for a log. */
export function formatProgress(progress: ProgressSnapshot): string {
  const figures = [formatPercentage, formatAmount, formatRate, formatTimeLeft].map((format) => format(progress));
  return `${progress.what}: ${figures.filter((figure) => figure !== undefined).join(', ')}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Returns a size: `0 B`, `1.5 KiB`, `12 MiB`. */
export function formatBytes(bytes: number): string {
  const power = powerOf(bytes);
  return `${inUnit(bytes, power)} ${UNITS[power]}`;
}

function powerOf(bytes: number): number {
  return bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
}

function inUnit(bytes: number, power: number): string {
  const amount = bytes / 1024 ** power;
  return power > 0 && amount < 10 ? amount.toFixed(1) : String(Math.round(amount));
}
