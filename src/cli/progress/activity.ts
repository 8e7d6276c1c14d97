/**
 * How far an activity is, in numbers and in words. Whoever does the work tells it with every chunk, thousands of times
 * a second, and that only stores three values; rates and words are made when somebody looks, ten times a second at most.
 */
import type { ProgressUnit } from '../../platform/reporter.ts';

/** An activity at one moment. */
export interface Moment {
  readonly what: string;
  readonly done: number;
  /** Only one that can be true: finite, not nothing, and not less than what is done. */
  readonly total: number | undefined;
  readonly unit: ProgressUnit;
  /** Bytes a second; other units have none, and neither has the first second. */
  readonly rate: number | undefined;
}

export class Progress {
  readonly what: string;
  readonly #rate = new Rate();
  #done: number | undefined;
  #total: number | undefined;
  #unit: ProgressUnit = 'bytes';

  /** @param what the activity, on one line and safe to print */
  constructor(what: string) {
    this.what = what;
  }

  advance(done: number, total: number | undefined, unit: ProgressUnit): void {
    this.#done = done;
    this.#total = total;
    this.#unit = unit;
  }

  /**
   * @param now milliseconds on a clock that never runs backwards
   * @returns undefined as long as nothing has been said about it
   */
  at(now: number): Moment | undefined {
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
const SETTLING_SECONDS = 1;

/**
 * An exponential moving average by time. At the start it is divided by the weight that it has got so far, as it would
 * otherwise climb slowly from nothing.
 */
class Rate {
  #last: { readonly time: number; readonly done: number } | undefined;
  #seconds = 0;
  #average = 0;

  at(time: number, done: number): number | undefined {
    // What was there at the first look did not come meanwhile: a download may go on where an earlier one ended.
    if (this.#last === undefined || done < this.#last.done) this.#begin();
    const last = this.#last ?? { time, done };
    const seconds = (time - last.time) / 1000;
    if (seconds > 0) {
      const kept = Math.exp(-seconds / SMOOTHING_SECONDS);
      this.#average = this.#average * kept + ((done - last.done) / seconds) * (1 - kept);
      this.#seconds += seconds;
    }
    this.#last = { time, done };
    if (this.#seconds < SETTLING_SECONDS) return undefined;
    return this.#average / (1 - Math.exp(-this.#seconds / SMOOTHING_SECONDS));
  }

  #begin(): void {
    this.#last = undefined;
    this.#seconds = 0;
    this.#average = 0;
  }
}

/** `45%`; never `100%` before all is done. */
export function shareOf({ done, total }: Moment): string | undefined {
  return total === undefined ? undefined : `${Math.floor((100 * done) / total)}%`;
}

/** `4.5/10 MiB`, `4.5 MiB`, `12/345 files`, `12 objects`. */
export function amountOf({ done, total, unit }: Moment): string {
  if (unit !== 'bytes') return `${total === undefined ? done : `${done}/${total}`} ${unit}`;
  if (total === undefined) return formatBytes(done);
  const power = powerOf(total);
  return `${inUnit(done, power)}/${inUnit(total, power)} ${UNITS[power]}`;
}

/** `1.2 MiB/s` */
export function rateOf({ rate }: Moment): string | undefined {
  return rate === undefined ? undefined : `${formatBytes(rate)}/s`;
}

const LONGEST_SECONDS = 100 * 3600;

/** `0:05 left`, `1:02:03 left`; nothing where it is not known, is over, or is longer than anybody waits. */
export function timeLeftOf({ done, total, rate }: Moment): string | undefined {
  if (total === undefined || total === done || rate === undefined || rate <= 0) return undefined;
  const seconds = Math.ceil((total - done) / rate);
  if (seconds >= LONGEST_SECONDS) return undefined;
  const two = (amount: number) => String(amount).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const clock =
    minutes < 60
      ? `${minutes}:${two(seconds % 60)}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return `${clock} left`;
}

/** All that is known, in one line of a log. */
export function inWords(moment: Moment): string {
  const words = [shareOf(moment), amountOf(moment), rateOf(moment), timeLeftOf(moment)];
  return `${moment.what}: ${words.filter((word) => word !== undefined).join(', ')}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `0 B`, `1.5 KiB`, `12 MiB`. */
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
