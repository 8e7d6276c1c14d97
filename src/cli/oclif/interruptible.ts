import { abortOnInterrupt } from '../../platform/terminal/terminal.ts';

/** Runs work that can be stopped cleanly: the first Ctrl-C aborts the signal, a second one ends the process. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using interruption = abortOnInterrupt();
  return await work(interruption.signal);
}
