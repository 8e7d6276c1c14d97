/** Short enough that a signal seems to end the process at once. */
const MAX_BLOCKED_MS = 100;

/** Returns to the event loop now and then: a signal handler runs only between two turns of the event loop. */
export class Pacer {
  #turn = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#turn >= MAX_BLOCKED_MS;
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#turn = performance.now();
  }
}

/**
 * Passes items of a synchronous iteration through and returns to the event loop now and then, so that a signal ends the
 * process while much work is done.
 */
export async function* interruptible<T>(items: Iterable<T>): AsyncGenerator<T> {
  const pacer = new Pacer();
  for (const item of items) {
    yield item;
    if (pacer.isDue) await pacer.pause();
  }
}

/** A computation that yields between its steps. */
export type Steps<T> = Generator<void, T, void>;

/** Runs a computation to its end, and returns to the event loop between its steps now and then. See `interruptible`. */
export async function runInterruptibly<T>(steps: Steps<T>): Promise<T> {
  const pacer = new Pacer();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    if (pacer.isDue) await pacer.pause();
  }
}

/** Runs a computation to its end at once. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}
