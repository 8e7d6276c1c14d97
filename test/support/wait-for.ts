import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;
const DEADLINE_MS = 120_000;

/**
 * Waits until a condition holds. The deadline is generous, so that a busy machine does not fail the test.
 * @param describe called for the message of the error, such as the output so far
 */
export async function waitFor(condition: () => boolean, describe: () => string = () => ''): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`the condition did not hold in ${DEADLINE_MS} ms. ${describe()}`);
    await sleep(POLL_INTERVAL_MS);
  }
}
