/** The figures of a progress display and sizes as text. */
import type { ProgressSnapshot } from './activity.ts';

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
