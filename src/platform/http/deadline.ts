import { type Clock, systemClock } from '../clock.ts';

/**
 * Passes a stream through until its total duration exceeds a limit. An idle timeout alone does not end a server that sends
 * a byte now and then.
 * @param createError creates the error that is thrown at the limit
 */
export async function* limitDuration<T>(
  stream: AsyncIterable<T>,
  milliseconds: number,
  createError: () => Error,
  clock: Pick<Clock, 'elapsed'> = systemClock,
): AsyncGenerator<T> {
  const end = clock.elapsed() + milliseconds;
  for await (const piece of stream) {
    if (clock.elapsed() > end) throw createError();
    yield piece;
  }
}
