/** Short enough that a signal seems to end the process at once. */
const MAX_BLOCKED_MS = 100;

/**
 * Passes items of a synchronous iteration through and returns to the event loop now and then, so that a signal ends the
 * process while much work is done: a signal handler runs only between two turns of the event loop.
 */
export async function* interruptible<T>(items: Iterable<T>): AsyncGenerator<T> {
  let turn = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - turn < MAX_BLOCKED_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
}
