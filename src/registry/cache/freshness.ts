import type { Clock } from '../../platform/clock.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { fileStamp } from '../../platform/files/write.ts';
import { type IndexLocation, localPathOf } from '../fetch/index-location.ts';
import type { CachedIndex } from './rows.ts';

/** A copy that was made sure of within `cache_ttl`, and not in the future: clocks are set back. */
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

/** `3 days`: the largest unit of which there is one. */
export function formatAge(milliseconds: number): string {
  const [size, noun] = UNITS.find(([unit]) => milliseconds >= unit) ?? [1000, 'second'];
  const amount = Math.max(0, Math.floor(milliseconds / size));
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Within this time a file system may give two contents of one file the same time. */
const TICK_MS = 50;

/** `undefined` where the file is not there, or was written so shortly ago that it may be again without being noticed. */
export function reliableStamp({ url }: IndexLocation, clock: Clock): string | undefined {
  const path = localPathOf(url);
  const stamp = fileStamp(path);
  const age = clock.now().getTime() - (inspectTarget(path)?.modifiedAt.getTime() ?? 0);
  return age > TICK_MS ? stamp : undefined;
}
