/** The earliest and the latest time that a zip can express, in seconds since the epoch. */
const EARLIEST_SECONDS = Date.UTC(1980, 0, 1) / 1000;
export const ZIP_LATEST_SECONDS = Date.UTC(2107, 11, 31, 23, 59, 58) / 1000;

/**
 * Returns a time in UTC as MS-DOS stores it: seven fields in 32 bits, with a resolution of two seconds.
 * @param seconds since the epoch; earlier than 1980 counts as 1980
 */
export function dosTime(seconds: number): number {
  const time = new Date(Math.min(Math.max(seconds, EARLIEST_SECONDS), ZIP_LATEST_SECONDS) * 1000);
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
}
