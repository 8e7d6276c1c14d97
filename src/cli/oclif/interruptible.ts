import { untilInterrupted } from '../../platform/terminal/terminal.ts';

/** Does work that ends well when it is told to stop: the first Ctrl-C aborts the signal, a second one the program. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using interruption = untilInterrupted();
  return await work(interruption.signal);
}
