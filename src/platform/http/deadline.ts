import { type Clock, systemClock } from '../clock.ts';

/**
 * Passes a stream on until it has gone on for too long. A server that sends a byte now and then is never silent for long
 * enough to be given up; all in all, it is.
 * @param fault makes what is thrown then
 */
export async function* withinTime<T>(
  stream: AsyncIterable<T>,
  milliseconds: number,
  fault: () => Error,
  clock: Pick<Clock, 'elapsed'> = systemClock,
): AsyncGenerator<T> {
  const end = clock.elapsed() + milliseconds;
  for await (const piece of stream) {
    if (clock.elapsed() > end) throw fault();
    yield piece;
  }
}
