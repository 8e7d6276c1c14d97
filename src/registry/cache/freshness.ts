import type { Clock } from '../../platform/clock.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { type IndexLocation, localPathOf } from '../fetch/index-location.ts';
import type { CachedIndex } from './rows.ts';

/** Checks whether a copy was confirmed within `cache_ttl`. A time in the future does not count: clocks are set back. */
export function isFresh({ fetchedAt }: CachedIndex, ttlMs: number, clock: Clock): boolean {
  const age = clock.now().getTime() - fetchedAt;
  return age >= 0 && age < ttlMs;
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const;

/** Formats a duration in its largest unit: `3 days`. */
export function formatAge(milliseconds: number): string {
  const [size, noun] = UNITS.find(([unit]) => milliseconds >= unit) ?? [1000, 'second'];
  const amount = Math.max(0, Math.floor(milliseconds / size));
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Two writes within this time may get the same modification time from the file system. */
const MTIME_GRANULARITY_MS = 50;

/**
 * Returns the stamp of a local index; `undefined` if the file does not exist, or was written so recently that another
 * write might not change its stamp.
 */
export function reliableStamp({ url }: IndexLocation, clock: Clock): string | undefined {
  const path = localPathOf(url);
  const stamp = fileStamp(path);
  const age = clock.now().getTime() - (inspectTarget(path)?.modifiedAt.getTime() ?? 0);
  return age > MTIME_GRANULARITY_MS ? stamp : undefined;
}
